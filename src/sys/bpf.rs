//! Classic BPF: the calls we name, their numbers on each architecture, and a small assembler.

/// A machine that the filter can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arch {
    /// `AUDIT_ARCH_X86_64`.
    X86_64,
    /// `AUDIT_ARCH_AARCH64`.
    Aarch64,
}

macro_rules! number {
    (-) => {
        None
    };
    ($number:literal) => {
        Some($number)
    };
}

macro_rules! calls {
    ($($variant:ident $name:literal $x86_64:tt $aarch64:tt)*) => {
        /// A system call that the filter knows by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is the system call of that name")]
        pub enum Call { $($variant,)* }

        impl Call {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its name in the manual.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Its number on `arch`; `None` where that machine never had it, as newer ones lack the oldest calls.
            #[must_use]
            pub fn number(self, arch: Arch) -> Option<u32> {
                match (self, arch) {
                    $(
                        (Self::$variant, Arch::X86_64) => number!($x86_64),
                        (Self::$variant, Arch::Aarch64) => number!($aarch64),
                    )*
                }
            }
        }
    };
}

calls! {
    Execve "execve" 59 221
    Execveat "execveat" 322 281
    Unlink "unlink" 87 -
    Unlinkat "unlinkat" 263 35
    Rmdir "rmdir" 84 -
    Rename "rename" 82 -
    Renameat "renameat" 264 38
    Renameat2 "renameat2" 316 276
    Truncate "truncate" 76 45
    Ftruncate "ftruncate" 77 46
    Open "open" 2 -
    Openat "openat" 257 56
    Creat "creat" 85 -
    Fallocate "fallocate" 285 47
    CopyFileRange "copy_file_range" 326 285
    Sendfile "sendfile" 40 71
    Splice "splice" 275 76
    Clone "clone" 56 220
    Unshare "unshare" 272 97
    Link "link" 86 -
    Linkat "linkat" 265 37
    Symlink "symlink" 88 -
    Symlinkat "symlinkat" 266 36
    Connect "connect" 42 203
    Sendto "sendto" 44 206
    Sendmsg "sendmsg" 46 211
    Sendmmsg "sendmmsg" 307 269
    Openat2 "openat2" 437 437
    Clone3 "clone3" 435 435
    IoUringSetup "io_uring_setup" 425 425
    IoUringEnter "io_uring_enter" 426 426
    IoUringRegister "io_uring_register" 427 427
    Seccomp "seccomp" 317 277
    Ioctl "ioctl" 16 29
    Ptrace "ptrace" 101 117
    ProcessVmWritev "process_vm_writev" 311 271
    PidfdGetfd "pidfd_getfd" 438 438
    Kill "kill" 62 129
    Tkill "tkill" 200 130
    Tgkill "tgkill" 234 131
    RtSigqueueinfo "rt_sigqueueinfo" 129 138
    RtTgsigqueueinfo "rt_tgsigqueueinfo" 297 240
    PidfdOpen "pidfd_open" 434 434
    PidfdSendSignal "pidfd_send_signal" 424 424
    Prlimit64 "prlimit64" 302 261
    SchedSetparam "sched_setparam" 142 118
    SchedSetscheduler "sched_setscheduler" 144 119
    SchedSetattr "sched_setattr" 314 274
    SchedSetaffinity "sched_setaffinity" 203 122
    Setpriority "setpriority" 141 140
    IoprioSet "ioprio_set" 251 30
    Bpf "bpf" 321 280
    Userfaultfd "userfaultfd" 323 282
    PerfEventOpen "perf_event_open" 298 241
    OpenByHandleAt "open_by_handle_at" 304 265
    InitModule "init_module" 175 105
    FinitModule "finit_module" 313 273
    DeleteModule "delete_module" 176 106
    KexecLoad "kexec_load" 246 104
    KexecFileLoad "kexec_file_load" 320 294
}

impl Arch {
    /// The machine this program was built for; `None` where no gate has been written yet.
    #[must_use]
    pub const fn native() -> Option<Self> {
        if cfg!(target_arch = "x86_64") {
            Some(Self::X86_64)
        } else if cfg!(target_arch = "aarch64") {
            Some(Self::Aarch64)
        } else {
            None
        }
    }

    /// The kernel's name for it in filters.
    #[must_use]
    pub fn audit(self) -> u32 {
        match self {
            Self::X86_64 => 0xC000_003E,
            Self::Aarch64 => 0xC000_00B7,
        }
    }

    /// Numbers from here on belong to a second calling convention (x32), if it has one.
    #[must_use]
    pub fn foreign_from(self) -> Option<u32> {
        match self {
            Self::X86_64 => Some(0x4000_0000),
            Self::Aarch64 => None,
        }
    }

    /// The flags with which an open reads no file's content: `O_DIRECTORY`, which each machine numbers in its own way,
    /// and `O_PATH`.
    pub(super) fn opens_no_content(self) -> u32 {
        const PATH: u32 = 0o1000_0000;
        match self {
            Self::X86_64 => PATH | 0o20_0000,
            Self::Aarch64 => PATH | 0o4_0000,
        }
    }

    /// The call with this number, if the filter knows it.
    #[must_use]
    pub fn call(self, number: u32) -> Option<Call> {
        Call::ALL.iter().copied().find(|call| call.number(self) == Some(number))
    }
}

/// One instruction, laid out as the kernel wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Insn {
    pub(super) code: u16,
    pub(super) jt: u8,
    pub(super) jf: u8,
    pub(super) k: u32,
}

/// Load the 32-bit word at offset `k` of `seccomp_data`.
pub(super) const LOAD: u16 = 0x20;
/// And the accumulator with `k`.
pub(super) const AND: u16 = 0x54;
/// Jump if the accumulator equals `k`.
pub(super) const JUMP_EQ: u16 = 0x15;
/// Jump if the accumulator is at least `k`.
pub(super) const JUMP_GE: u16 = 0x35;
/// Return `k`.
pub(super) const RETURN: u16 = 0x06;

/// Offset of the system call's number in `seccomp_data`.
pub(super) const AT_NUMBER: u32 = 0;
/// Offset of the architecture in `seccomp_data`.
pub(super) const AT_ARCH: u32 = 4;

/// Offset of the lower half of argument `index`; both machines are little-endian.
pub(super) fn at_argument(index: u8) -> u32 {
    16 + 8 * u32::from(index)
}

pub(super) fn load(offset: u32) -> Insn {
    Insn { code: LOAD, jt: 0, jf: 0, k: offset }
}

pub(super) fn and(mask: u32) -> Insn {
    Insn { code: AND, jt: 0, jf: 0, k: mask }
}

pub(super) fn ret(action: u32) -> Insn {
    Insn { code: RETURN, jt: 0, jf: 0, k: action }
}

/// Goes on with the next instruction if equal, else skips `otherwise` of them.
pub(super) fn if_equal(value: u32, otherwise: u8) -> Insn {
    Insn { code: JUMP_EQ, jt: 0, jf: otherwise, k: value }
}

/// Goes on with the next instruction unless equal; if equal, skips `then` of them.
pub(super) fn unless_equal(value: u32, then: u8) -> Insn {
    Insn { code: JUMP_EQ, jt: then, jf: 0, k: value }
}

/// Goes on with the next instruction if at least `value`, else skips `otherwise` of them.
pub(super) fn if_at_least(value: u32, otherwise: u8) -> Insn {
    Insn { code: JUMP_GE, jt: 0, jf: otherwise, k: value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_given_to_two_calls() {
        for arch in [Arch::X86_64, Arch::Aarch64] {
            for call in Call::ALL {
                let Some(number) = call.number(arch) else { continue };
                assert_eq!(arch.call(number), Some(*call), "{} on {arch:?}", call.name());
            }
        }
    }

    #[test]
    fn the_oldest_calls_are_those_that_newer_machines_lack() {
        let lacking: Vec<_> = Call::ALL.iter().filter(|call| call.number(Arch::Aarch64).is_none()).collect();
        let of_names = [Call::Unlink, Call::Rmdir, Call::Rename, Call::Open, Call::Creat];
        let oldest = of_names.iter().chain(&[Call::Link, Call::Symlink]);
        assert_eq!(lacking, oldest.collect::<Vec<_>>());
        assert!(Call::ALL.iter().all(|call| call.number(Arch::X86_64).is_some()));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn the_numbers_are_those_of_the_c_library() {
        for (call, number) in [
            (Call::Execve, libc::SYS_execve),
            (Call::Execveat, libc::SYS_execveat),
            (Call::Unlink, libc::SYS_unlink),
            (Call::Unlinkat, libc::SYS_unlinkat),
            (Call::Rmdir, libc::SYS_rmdir),
            (Call::Rename, libc::SYS_rename),
            (Call::Renameat, libc::SYS_renameat),
            (Call::Renameat2, libc::SYS_renameat2),
            (Call::Truncate, libc::SYS_truncate),
            (Call::Ftruncate, libc::SYS_ftruncate),
            (Call::Open, libc::SYS_open),
            (Call::Openat, libc::SYS_openat),
            (Call::Creat, libc::SYS_creat),
            (Call::Fallocate, libc::SYS_fallocate),
            (Call::CopyFileRange, libc::SYS_copy_file_range),
            (Call::Sendfile, libc::SYS_sendfile),
            (Call::Splice, libc::SYS_splice),
            (Call::Clone, libc::SYS_clone),
            (Call::Unshare, libc::SYS_unshare),
            (Call::Link, libc::SYS_link),
            (Call::Linkat, libc::SYS_linkat),
            (Call::Symlink, libc::SYS_symlink),
            (Call::Symlinkat, libc::SYS_symlinkat),
            (Call::Connect, libc::SYS_connect),
            (Call::Sendto, libc::SYS_sendto),
            (Call::Sendmsg, libc::SYS_sendmsg),
            (Call::Sendmmsg, libc::SYS_sendmmsg),
            (Call::Openat2, libc::SYS_openat2),
            (Call::Clone3, libc::SYS_clone3),
            (Call::IoUringSetup, libc::SYS_io_uring_setup),
            (Call::IoUringEnter, libc::SYS_io_uring_enter),
            (Call::IoUringRegister, libc::SYS_io_uring_register),
            (Call::Seccomp, libc::SYS_seccomp),
            (Call::Ioctl, libc::SYS_ioctl),
            (Call::Ptrace, libc::SYS_ptrace),
            (Call::ProcessVmWritev, libc::SYS_process_vm_writev),
            (Call::PidfdGetfd, libc::SYS_pidfd_getfd),
            (Call::Kill, libc::SYS_kill),
            (Call::Tkill, libc::SYS_tkill),
            (Call::Tgkill, libc::SYS_tgkill),
            (Call::RtSigqueueinfo, libc::SYS_rt_sigqueueinfo),
            (Call::RtTgsigqueueinfo, libc::SYS_rt_tgsigqueueinfo),
            (Call::PidfdOpen, libc::SYS_pidfd_open),
            (Call::PidfdSendSignal, libc::SYS_pidfd_send_signal),
            (Call::Prlimit64, libc::SYS_prlimit64),
            (Call::SchedSetparam, libc::SYS_sched_setparam),
            (Call::SchedSetscheduler, libc::SYS_sched_setscheduler),
            (Call::SchedSetattr, libc::SYS_sched_setattr),
            (Call::SchedSetaffinity, libc::SYS_sched_setaffinity),
            (Call::Setpriority, libc::SYS_setpriority),
            (Call::IoprioSet, libc::SYS_ioprio_set),
            (Call::Bpf, libc::SYS_bpf),
            (Call::Userfaultfd, libc::SYS_userfaultfd),
            (Call::PerfEventOpen, libc::SYS_perf_event_open),
            (Call::OpenByHandleAt, libc::SYS_open_by_handle_at),
            (Call::InitModule, libc::SYS_init_module),
            (Call::FinitModule, libc::SYS_finit_module),
            (Call::DeleteModule, libc::SYS_delete_module),
            (Call::KexecLoad, libc::SYS_kexec_load),
            (Call::KexecFileLoad, libc::SYS_kexec_file_load),
        ] {
            assert_eq!(call.number(Arch::X86_64).map(i64::from), Some(number), "{}", call.name());
        }
    }
}
