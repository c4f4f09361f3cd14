//! The filter as a table: which calls are held, which are refused, which pass.
//!
//! Rule numbers are those of the gate's design paper. In now: 1 to 10, 11 (messages) where they are asked
//! for, as 12 is (the opens that read: each costs a notification), and 14 to 22. Rules 18 and 19 (namespaces, mounts) let the call pass: a
//! user namespace removes no filter, and agents build their own sandboxes with it.
//!
//! Rule 13 (forks) is not: until we have received a call, a signal ends its wait, and one whose handler does not restart
//! calls makes it fail with `EINTR` (`seccomp_do_user_notification` in `kernel/seccomp.c`). No fork ever fails so by itself,
//! and a shell whose first child of a pipe ends while it makes the second gives up. What a process that was made does is held.

use super::bpf::{self, Arch, Call, Insn};
use super::process::ProcId;

/// What the filter has to know about where it is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilterSpec {
    /// The machine it runs on.
    pub arch: Arch,
    /// The process no gated process may signal, trace or limit.
    pub supervisor: ProcId,
    /// That process's group, for `kill` with a negative number.
    pub supervisor_group: ProcId,
    /// A Landlock domain keeps ptrace and its like inside the tree, so they may pass.
    pub is_trace_confined: bool,
    /// A Landlock scope keeps signals inside the tree, so `kill(-1)` may pass: it reaches the tree alone.
    pub is_signal_confined: bool,
    /// Opens that only read are held as well.
    pub sees_reads: bool,
    /// So are messages that may carry an address, and new user namespaces.
    pub is_strict: bool,
}

/// A filter ready to be installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    insns: Vec<Insn>,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It waits for our answer.
    Notify,
    /// It goes on, whatever later rules say.
    Pass,
    /// It fails with this error.
    Fail(u16),
}

/// When a rule applies to its call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// To every use.
    Always,
    /// When the lower 32 bits of argument `.0` equal `.1`.
    Equals(u8, u32),
    /// When the lower 32 bits of argument `.0` have a bit of `.1`.
    HasBit(u8, u32),
    /// When argument `.0`, a pointer, is not null.
    Points(u8),
}

type Rule = (Call, When, Fate);

const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const NOTIFY: u32 = libc::SECCOMP_RET_USER_NOTIF;
const ERRNO: u32 = libc::SECCOMP_RET_ERRNO;

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "error numbers are small and positive")]
const fn fail(errno: i32) -> Fate {
    Fate::Fail(errno as u16)
}

const NOSYS: Fate = fail(libc::ENOSYS);
const PERM: Fate = fail(libc::EPERM);
/// What a kernel without it says of a message that opens a connection, which `connect` would not see, and of holes that
/// `fallocate` would not see.
const NOT_SUPPORTED: Fate = fail(libc::EOPNOTSUPP);

/// Types a byte into a terminal's input.
const TIOCSTI: u32 = 0x5412;
/// Pastes into a console's input.
const TIOCLINUX: u32 = 0x541C;
/// `FICLONE` and `FICLONERANGE`: a file gets the blocks of another.
const CLONES: [u32; 2] = [0x4004_9409, 0x4020_940d];
/// `CLONE_NEWUSER`.
const NEW_USER: u32 = 0x1000_0000;
/// `O_WRONLY`, `O_RDWR` and `O_TRUNC`: the same on both machines.
const OPENS_TO_WRITE: u32 = 0o1003;
/// `FS_IOC_UNRESVSP`, `FS_IOC_UNRESVSP64` and `FS_IOC_ZERO_RANGE`: holes and zeroes by another name than `fallocate`.
const HOLES: [u32; 3] = [0x4030_5829, 0x4030_582b, 0x4030_5839];
/// `FALLOC_FL_PUNCH_HOLE`, `FALLOC_FL_COLLAPSE_RANGE`, `FALLOC_FL_ZERO_RANGE` and `FALLOC_FL_INSERT_RANGE`.
const PUNCHES: u32 = 0x3a;
#[allow(clippy::cast_possible_truncation, reason = "the flag is bit 3")]
const NEW_LISTENER: u32 = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER as u32;
const FASTOPEN: u32 = libc::MSG_FASTOPEN.cast_unsigned();

/// All rules. A call that has none passes.
fn rules(spec: &FilterSpec) -> Vec<Rule> {
    use Call as C;
    use When::{Always, Equals, HasBit, Points};
    let mut rules = vec![
        // Rule 1.
        (C::Execve, Always, Fate::Notify),
        (C::Execveat, Always, Fate::Notify),
        // Rules 5, 6 and 12. An open that writes may empty a file or change it in place.
        (C::Open, HasBit(1, OPENS_TO_WRITE), Fate::Notify),
        (C::Openat, HasBit(2, OPENS_TO_WRITE), Fate::Notify),
        (C::Creat, Always, Fate::Notify),
        (C::Fallocate, HasBit(1, PUNCHES), Fate::Notify),
        (C::CopyFileRange, Always, Fate::Notify),
        (C::Sendfile, Always, Fate::Notify),
        (C::Splice, Always, Fate::Notify),
        // Rules 8 to 10.
        (C::Connect, Always, Fate::Notify),
        (C::Sendto, HasBit(3, FASTOPEN), NOT_SUPPORTED),
        (C::Sendto, Points(4), Fate::Notify),
        (C::Sendmsg, HasBit(2, FASTOPEN), NOT_SUPPORTED),
        (C::Sendmmsg, HasBit(3, FASTOPEN), NOT_SUPPORTED),
        (C::Openat2, Always, NOSYS),
        (C::Clone3, Always, NOSYS),
        (C::IoUringSetup, Always, NOSYS),
        (C::IoUringEnter, Always, NOSYS),
        (C::IoUringRegister, Always, NOSYS),
        // Rule 16. The newest listener wins, so there must never be a second one.
        (C::Seccomp, HasBit(1, NEW_LISTENER), PERM),
        // Rule 21.
        (C::Ioctl, Equals(1, TIOCSTI), PERM),
        (C::Ioctl, Equals(1, TIOCLINUX), PERM),
    ];
    rules.extend(HOLES.map(|holes| (C::Ioctl, Equals(1, holes), NOT_SUPPORTED)));
    rules.extend(CLONES.map(|clones| (C::Ioctl, Equals(1, clones), Fate::Notify)));
    if spec.is_strict {
        // Rule 11, after what is refused of messages.
        rules.extend([C::Sendmsg, C::Sendmmsg].map(|call| (call, Always, Fate::Notify)));
        // Rule 18.
        rules.extend([C::Clone, C::Unshare].map(|call| (call, HasBit(0, NEW_USER), Fate::Notify)));
    }
    // Rules 2 to 4, and links: a second name of a file of ours would be a way around all others.
    let on_names = [C::Unlink, C::Unlinkat, C::Rmdir, C::Rename, C::Renameat, C::Renameat2, C::Truncate, C::Ftruncate];
    rules.extend(on_names.map(|call| (call, Always, Fate::Notify)));
    rules.extend([C::Link, C::Linkat, C::Symlink, C::Symlinkat].map(|call| (call, Always, Fate::Notify)));
    // Rule 20.
    let never = [C::Bpf, C::Userfaultfd, C::PerfEventOpen, C::OpenByHandleAt, C::InitModule, C::FinitModule];
    rules.extend(never.map(|call| (call, Always, PERM)));
    rules.extend([C::DeleteModule, C::KexecLoad, C::KexecFileLoad].map(|call| (call, Always, PERM)));
    // Rule 17.
    if !spec.is_trace_confined {
        rules.extend([C::Ptrace, C::ProcessVmWritev, C::PidfdGetfd].map(|call| (call, Always, PERM)));
    }
    // Rule 22, before what asks about other signals. Landlock's signal scope is the first line; this one knows the supervisor's number, not its threads'.
    let supervisor = spec.supervisor.0.cast_unsigned();
    let at_us = [C::Kill, C::Tkill, C::Tgkill, C::RtSigqueueinfo, C::RtTgsigqueueinfo, C::PidfdOpen, C::Prlimit64];
    rules.extend(at_us.map(|call| (call, Equals(0, supervisor), PERM)));
    rules.push((C::Kill, Equals(0, spec.supervisor_group.0.wrapping_neg().cast_unsigned()), PERM));
    if !spec.is_signal_confined {
        rules.push((C::Kill, Equals(0, u32::MAX), PERM));
    }
    rules.extend(signals(spec));
    // A limit of no processor time is a signal.
    rules.extend([(C::Prlimit64, Equals(0, 0), Fate::Pass), (C::Prlimit64, Points(2), Fate::Notify)]);
    rules.extend(turns());
    if spec.sees_reads {
        // After the opens that write: what has come so far only reads.
        let no_content = spec.arch.opens_no_content();
        for (call, flags) in [(C::Open, 1), (C::Openat, 2)] {
            rules.extend([(call, HasBit(flags, no_content), Fate::Pass), (call, Always, Fate::Notify)]);
        }
    }
    rules
}

/// Signals to others. The number 0 only asks, and a process's own group is its own; threads signal each other too often
/// to be held, and where Landlock keeps signals inside the tree those leave it no more than others do.
fn signals(spec: &FilterSpec) -> Vec<Rule> {
    use Call as C;
    use When::{Always, Equals};
    let mut rules = vec![(C::Kill, Equals(0, 0), Fate::Pass)];
    // The call, and which of its arguments is the signal.
    let to_processes = [(C::Kill, 1), (C::RtSigqueueinfo, 1), (C::PidfdSendSignal, 1)];
    let to_threads = [(C::Tkill, 1), (C::Tgkill, 2), (C::RtTgsigqueueinfo, 2)];
    let to_threads = to_threads.into_iter().filter(|_| !spec.is_signal_confined);
    for (call, signal) in to_processes.into_iter().chain(to_threads) {
        rules.extend([(call, Equals(signal, 0), Fate::Pass), (call, Always, Fate::Notify)]);
    }
    rules
}

/// Whose turn it is to run, on which processors, and to reach the disk. The number 0 is whoever calls. Who would set all
/// of a person's processes would set the supervisor.
fn turns() -> Vec<Rule> {
    use Call as C;
    use When::{Always, Equals};
    /// `PRIO_USER`, and `IOPRIO_WHO_USER`.
    const EVERYTHING: [(Call, u32); 2] = [(C::Setpriority, 2), (C::IoprioSet, 3)];
    let of_threads =
        [C::SchedSetparam, C::SchedSetscheduler, C::SchedSetattr, C::SchedSetaffinity].map(|call| (call, 0));
    let of_several = [C::Setpriority, C::IoprioSet].map(|call| (call, 1));
    let mut rules = EVERYTHING.map(|(call, which)| (call, Equals(0, which), PERM)).to_vec();
    for (call, number) in of_threads.into_iter().chain(of_several) {
        rules.extend([(call, Equals(number, 0), Fate::Pass), (call, Always, Fate::Notify)]);
    }
    rules
}

fn word(fate: Fate) -> u32 {
    match fate {
        Fate::Notify => NOTIFY,
        Fate::Pass => ALLOW,
        Fate::Fail(errno) => ERRNO | u32::from(errno),
    }
}

/// The instructions of one rule, the call's number being known to match: return its fate, or fall through.
fn body(when: When, fate: Fate) -> Vec<Insn> {
    match when {
        When::Always => vec![bpf::ret(word(fate))],
        When::Equals(arg, value) => {
            vec![bpf::load(bpf::at_argument(arg)), bpf::if_equal(value, 1), bpf::ret(word(fate))]
        }
        When::HasBit(arg, mask) => {
            vec![bpf::load(bpf::at_argument(arg)), bpf::and(mask), bpf::if_at_least(1, 1), bpf::ret(word(fate))]
        }
        When::Points(arg) => {
            let (low, high) = (bpf::at_argument(arg), bpf::at_argument(arg) + 4);
            let fate = bpf::ret(word(fate));
            vec![bpf::load(low), bpf::if_at_least(1, 1), fate, bpf::load(high), bpf::if_at_least(1, 1), fate]
        }
    }
}

impl Program {
    /// Writes the filter for `spec`.
    #[must_use]
    pub fn new(spec: &FilterSpec) -> Self {
        let foreign = bpf::ret(word(NOSYS));
        let mut insns =
            vec![bpf::load(bpf::AT_ARCH), bpf::unless_equal(spec.arch.audit(), 1), foreign, bpf::load(bpf::AT_NUMBER)];
        if let Some(first) = spec.arch.foreign_from() {
            insns.extend([bpf::if_at_least(first, 1), foreign]);
        }
        let rules = rules(spec);
        for call in Call::ALL {
            let Some(number) = call.number(spec.arch) else { continue };
            let mut block: Vec<Insn> = Vec::new();
            for (_, when, fate) in rules.iter().filter(|(c, ..)| c == call) {
                block.extend(body(*when, *fate));
            }
            if block.is_empty() {
                continue;
            }
            block.push(bpf::ret(ALLOW));
            // Blocks are a few instructions long; one of 255 could not be skipped and is refused by the tests.
            let length = u8::try_from(block.len()).unwrap_or(u8::MAX);
            insns.push(bpf::if_equal(number, length));
            insns.extend(block);
        }
        insns.push(bpf::ret(ALLOW));
        Self { insns }
    }

    /// The instructions as the kernel takes them.
    pub(super) fn raw(&self) -> Vec<libc::sock_filter> {
        self.insns.iter().map(|i| libc::sock_filter { code: i.code, jt: i.jt, jf: i.jf, k: i.k }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUPERVISOR: ProcId = ProcId(4242);
    const GROUP: ProcId = ProcId(4200);

    fn spec(arch: Arch) -> FilterSpec {
        FilterSpec {
            arch,
            supervisor: SUPERVISOR,
            supervisor_group: GROUP,
            is_trace_confined: true,
            is_signal_confined: true,
            sees_reads: false,
            is_strict: false,
        }
    }

    /// Runs the program as the kernel would and returns its action.
    fn run(program: &Program, arch: u32, number: u32, args: [u64; 6]) -> u32 {
        let mut data = Vec::new();
        data.extend(number.to_le_bytes());
        data.extend(arch.to_le_bytes());
        data.extend(0u64.to_le_bytes());
        args.iter().for_each(|arg| data.extend(arg.to_le_bytes()));
        let (mut at, mut accumulator) = (0, 0u32);
        loop {
            let insn = program.insns[at];
            at += 1;
            let mut jump = |is_true: bool| at += usize::from(if is_true { insn.jt } else { insn.jf });
            match insn.code {
                bpf::LOAD => {
                    let k = insn.k as usize;
                    accumulator = u32::from_le_bytes(data[k..k + 4].try_into().unwrap());
                }
                bpf::AND => accumulator &= insn.k,
                bpf::JUMP_EQ => jump(accumulator == insn.k),
                bpf::JUMP_GE => jump(accumulator >= insn.k),
                bpf::RETURN => return insn.k,
                code => panic!("no such instruction: {code:#x}"),
            }
        }
    }

    #[track_caller]
    fn check(spec: FilterSpec, call: Call, args: &[u64], expected: u32) {
        let mut all = [0; 6];
        all[..args.len()].copy_from_slice(args);
        let Some(number) = call.number(spec.arch) else { return };
        let action = run(&Program::new(&spec), spec.arch.audit(), number, all);
        assert_eq!(action, expected, "{}{args:x?} on {:?}", call.name(), spec.arch);
    }

    const EPERM: u32 = ERRNO | libc::EPERM as u32;
    const ENOSYS: u32 = ERRNO | libc::ENOSYS as u32;
    const EOPNOTSUPP: u32 = ERRNO | libc::EOPNOTSUPP as u32;

    #[test]
    fn every_call_of_the_table_gets_its_fate_on_both_machines() {
        let us = u64::from(SUPERVISOR.0.cast_unsigned());
        let our_group = i64::from(-GROUP.0).cast_unsigned();
        let high = 0xdead_beef_0000_0000;
        for arch in [Arch::X86_64, Arch::Aarch64] {
            for (call, args, expected) in [
                (Call::Execve, &[][..], NOTIFY),
                (Call::Execveat, &[1, 2, 3, 4, 0x1000], NOTIFY),
                (Call::Unlink, &[], NOTIFY),
                (Call::Unlinkat, &[3, 7, 0x200], NOTIFY),
                (Call::Rmdir, &[], NOTIFY),
                (Call::Rename, &[], NOTIFY),
                (Call::Renameat, &[], NOTIFY),
                (Call::Renameat2, &[], NOTIFY),
                (Call::Truncate, &[], NOTIFY),
                (Call::Ftruncate, &[3, u64::MAX], NOTIFY),
                (Call::Open, &[7, 0o2_0000], ALLOW),
                (Call::Open, &[7, 1], NOTIFY),
                (Call::Open, &[7, 2 | high], NOTIFY),
                (Call::Open, &[7, 0o1000], NOTIFY),
                (Call::Open, &[1, 0o100, 1], ALLOW),
                (Call::Openat, &[3, 7, 0o200_0000], ALLOW),
                (Call::Openat, &[3, 1, 0o1101], NOTIFY),
                (Call::Openat, &[3, 1, 0], ALLOW),
                (Call::Creat, &[7, 0o644], NOTIFY),
                (Call::Fallocate, &[3, 0, 0, 9], ALLOW),
                (Call::Fallocate, &[3, 1, 0, 9], ALLOW),
                (Call::Fallocate, &[3, 3, 0, 9], NOTIFY),
                (Call::Fallocate, &[3, 0x10], NOTIFY),
                (Call::CopyFileRange, &[3, 0, 4, 0, 9], NOTIFY),
                (Call::Sendfile, &[4, 3, 0, 9], NOTIFY),
                (Call::Splice, &[3, 0, 4, 0, 9], NOTIFY),
                (Call::Ioctl, &[4, high | 0x4004_9409, 3], NOTIFY),
                (Call::Ioctl, &[4, 0x4020_940d, 3], NOTIFY),
                (Call::Ioctl, &[4, 0x4030_582b, 7], EOPNOTSUPP),
                (Call::Ioctl, &[4, high | 0x4030_5839, 7], EOPNOTSUPP),
                (Call::Clone, &[17], ALLOW),
                (Call::Clone, &[0x1000_0011], ALLOW),
                (Call::Unshare, &[0x1002_0000], ALLOW),
                (Call::Link, &[], NOTIFY),
                (Call::Linkat, &[], NOTIFY),
                (Call::Symlink, &[], NOTIFY),
                (Call::Symlinkat, &[], NOTIFY),
                (Call::Openat2, &[], ENOSYS),
                (Call::Clone3, &[], ENOSYS),
                (Call::IoUringSetup, &[], ENOSYS),
                (Call::IoUringEnter, &[], ENOSYS),
                (Call::IoUringRegister, &[], ENOSYS),
                (Call::Seccomp, &[1, 8], EPERM),
                (Call::Seccomp, &[1, 8 | 1 | 32], EPERM),
                (Call::Seccomp, &[1, high | 8], EPERM),
                (Call::Seccomp, &[1, 0], ALLOW),
                (Call::Seccomp, &[1, 1 | 2 | 4 | 16 | 32], ALLOW),
                (Call::Ioctl, &[0, 0x5412], EPERM),
                (Call::Ioctl, &[0, high | 0x5412], EPERM),
                (Call::Ioctl, &[0, 0x541C], EPERM),
                (Call::Ioctl, &[0, 0x5401], ALLOW),
                (Call::Ioctl, &[0x5412, 0x5413], ALLOW),
                (Call::Kill, &[us, 9], EPERM),
                (Call::Kill, &[high | us, 9], EPERM),
                (Call::Kill, &[our_group, 9], EPERM),
                (Call::Kill, &[u64::MAX, 15], NOTIFY),
                (Call::Kill, &[us + 1, 9], NOTIFY),
                (Call::Kill, &[us + 1, 0], ALLOW),
                (Call::Kill, &[0, 9], ALLOW),
                (Call::RtSigqueueinfo, &[77, 10], NOTIFY),
                (Call::RtSigqueueinfo, &[77, 0], ALLOW),
                (Call::PidfdSendSignal, &[5, 9], NOTIFY),
                (Call::PidfdSendSignal, &[5, 0], ALLOW),
                (Call::Tkill, &[77, 9], ALLOW),
                (Call::RtTgsigqueueinfo, &[77, 77, 9], ALLOW),
                (Call::Connect, &[3, 0x1000, 16], NOTIFY),
                (Call::Sendto, &[3, 0x1000, 5, 0, 0x2000, 16], NOTIFY),
                (Call::Sendto, &[3, 0x1000, 5, 0, 0x7f00_0000_0000, 16], NOTIFY),
                (Call::Sendto, &[3, 0x1000, 5, 0x4000, 0, 0], ALLOW),
                (Call::Sendto, &[3, 0x1000, 5, 0x2000_0000, 0x2000, 16], EOPNOTSUPP),
                (Call::Sendmsg, &[3, 0x1000, 0x2000_4000], EOPNOTSUPP),
                (Call::Sendmsg, &[3, 0x1000, 0x4000], ALLOW),
                (Call::Sendmmsg, &[3, 0x1000, 2, 0x2000_0000], EOPNOTSUPP),
                (Call::Sendmmsg, &[3, 0x1000, 2, 0], ALLOW),
                (Call::Tkill, &[us, 9], EPERM),
                (Call::Tgkill, &[us, 77, 9], EPERM),
                (Call::Tgkill, &[77, 77, 9], ALLOW),
                (Call::RtSigqueueinfo, &[us], EPERM),
                (Call::RtTgsigqueueinfo, &[us], EPERM),
                (Call::PidfdOpen, &[us], EPERM),
                (Call::PidfdOpen, &[77], ALLOW),
                (Call::Prlimit64, &[us], EPERM),
                (Call::Prlimit64, &[0, 7, 0x1000], ALLOW),
                (Call::Prlimit64, &[77, 0, 0x1000], NOTIFY),
                (Call::Prlimit64, &[77, 0, 0, 0x1000], ALLOW),
                (Call::SchedSetscheduler, &[0, 5, 0x1000], ALLOW),
                (Call::SchedSetscheduler, &[high, 5, 0x1000], ALLOW),
                (Call::SchedSetscheduler, &[us, 5, 0x1000], NOTIFY),
                (Call::SchedSetparam, &[77, 0x1000], NOTIFY),
                (Call::SchedSetattr, &[0, 0x1000], ALLOW),
                (Call::SchedSetattr, &[77, 0x1000], NOTIFY),
                (Call::SchedSetaffinity, &[0, 8, 0x1000], ALLOW),
                (Call::SchedSetaffinity, &[77, 8, 0x1000], NOTIFY),
                (Call::Setpriority, &[0, 0, 19], ALLOW),
                (Call::Setpriority, &[0, us, 19], NOTIFY),
                (Call::Setpriority, &[1, 0, 19], ALLOW),
                (Call::Setpriority, &[1, 4200, 19], NOTIFY),
                (Call::Setpriority, &[2, 0, 19], EPERM),
                (Call::Setpriority, &[high | 2, 1000, 19], EPERM),
                (Call::IoprioSet, &[1, 0, 0x6000], ALLOW),
                (Call::IoprioSet, &[1, us, 0x6000], NOTIFY),
                (Call::IoprioSet, &[3, 1000, 0x6000], EPERM),
                (Call::Ptrace, &[], ALLOW),
                (Call::ProcessVmWritev, &[], ALLOW),
                (Call::PidfdGetfd, &[], ALLOW),
                (Call::Bpf, &[], EPERM),
                (Call::Userfaultfd, &[], EPERM),
                (Call::PerfEventOpen, &[], EPERM),
                (Call::OpenByHandleAt, &[], EPERM),
                (Call::InitModule, &[], EPERM),
                (Call::FinitModule, &[], EPERM),
                (Call::DeleteModule, &[], EPERM),
                (Call::KexecLoad, &[], EPERM),
                (Call::KexecFileLoad, &[], EPERM),
            ] {
                check(spec(arch), call, args, expected);
            }
        }
    }

    #[test]
    fn without_landlock_tracing_and_signalling_everybody_are_refused() {
        let bare = FilterSpec { is_trace_confined: false, is_signal_confined: false, ..spec(Arch::X86_64) };
        for (call, args, expected) in [
            (Call::Ptrace, &[16u64][..], EPERM),
            (Call::ProcessVmWritev, &[1], EPERM),
            (Call::PidfdGetfd, &[3], EPERM),
            (Call::Kill, &[u64::MAX, 15], EPERM),
            (Call::Kill, &[77, 15], NOTIFY),
            (Call::Tkill, &[77, 9], NOTIFY),
            (Call::Tgkill, &[77, 77, 9], NOTIFY),
            (Call::Tgkill, &[77, 77, 0], ALLOW),
            (Call::RtTgsigqueueinfo, &[77, 77, 9], NOTIFY),
        ] {
            check(bare, call, args, expected);
        }
    }

    #[test]
    fn in_strict_messages_and_new_user_namespaces_are_held_and_new_processes_are_not() {
        for arch in [Arch::X86_64, Arch::Aarch64] {
            let spec = FilterSpec { is_strict: true, ..spec(arch) };
            for (call, args, expected) in [
                (Call::Clone, &[17][..], ALLOW),
                (Call::Clone, &[0x4111], ALLOW),
                (Call::Clone, &[0x3d_0f00], ALLOW),
                (Call::Clone, &[0x1000_0011], NOTIFY),
                (Call::Unshare, &[0x1002_0000], NOTIFY),
                (Call::Unshare, &[0x200], ALLOW),
                (Call::Clone3, &[], ENOSYS),
                (Call::Sendmsg, &[3, 7, 0], NOTIFY),
                (Call::Sendmsg, &[3, 7, 0x2000_0000], EOPNOTSUPP),
                (Call::Sendmmsg, &[3, 7, 2, 0], NOTIFY),
            ] {
                check(spec, call, args, expected);
            }
        }
    }

    #[test]
    fn where_reads_are_seen_every_open_of_content_is_held_and_no_open_of_a_folder() {
        for (arch, folder) in [(Arch::X86_64, 0o20_0000), (Arch::Aarch64, 0o4_0000)] {
            let spec = FilterSpec { sees_reads: true, ..spec(arch) };
            let (cloexec, path, temporary) = (0o200_0000, 0o1000_0000, 0o2000_0000);
            for (flags, expected) in [
                (0, NOTIFY),
                (cloexec, NOTIFY),
                (0o100, NOTIFY),
                (1, NOTIFY),
                (2 | temporary | folder, NOTIFY),
                (folder | cloexec, ALLOW),
                (path | cloexec, ALLOW),
            ] {
                check(spec, Call::Open, &[7, flags], expected);
                check(spec, Call::Openat, &[3, 7, flags], expected);
            }
        }
    }

    #[test]
    fn a_foreign_calling_convention_reaches_no_call_at_all() {
        let program = Program::new(&spec(Arch::X86_64));
        let i386 = 0x4000_0003;
        for (arch, number) in [(i386, 11), (i386, 1), (Arch::Aarch64.audit(), 221)] {
            assert_eq!(run(&program, arch, number, [0; 6]), ENOSYS, "number {number} of {arch:#x}");
        }
        for x32 in [0x4000_0000, 0x4000_0000 + 520, u32::MAX] {
            assert_eq!(run(&program, Arch::X86_64.audit(), x32, [0; 6]), ENOSYS);
        }
    }

    #[test]
    fn calls_without_a_rule_pass() {
        for arch in [Arch::X86_64, Arch::Aarch64] {
            let program = Program::new(&spec(arch));
            for number in (0..460).filter(|n| arch.call(*n).is_none()) {
                assert_eq!(run(&program, arch.audit(), number, [0; 6]), ALLOW, "number {number}");
            }
        }
    }

    #[test]
    fn every_jump_stays_inside_the_program_and_every_block_can_be_skipped() {
        let program = Program::new(&spec(Arch::X86_64));
        assert!(program.insns.len() < 4096);
        for (at, insn) in program.insns.iter().enumerate() {
            assert!(insn.jt < u8::MAX && insn.jf < u8::MAX);
            assert!(at + 1 + usize::from(insn.jt.max(insn.jf)) < program.insns.len() || insn.code == bpf::RETURN);
        }
    }
}
