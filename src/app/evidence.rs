//! What the journal keeps of the screen that a ruling at the panel was given on.

use super::{Effects, State};
use crate::journal::{Body, Hash};
use crate::model::{CaseId, Evidence};

/// The entry that tells what of a case was on the screen; none where it was not the one that was shown.
pub(super) fn shown(state: &State, id: CaseId) -> Effects {
    let mut effects = Effects::none();
    let Some(view) = state.interaction.case.as_ref().filter(|view| view.id == id && !view.digest.is_empty()) else {
        return effects;
    };
    let evidence = Evidence {
        digest: view.digest.clone(),
        screen: Hash::of_rows(&view.rows).to_string(),
        rows: view.rows.clone(),
        window: state.window,
        since: view.since,
        focused: view.focused,
        seen_to_end: view.seen_to_end,
        keys: view.keys.iter().copied().collect(),
    };
    effects.append(Body::Shown { case: id, evidence: Box::new(evidence) });
    effects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::CaseView;
    use crate::model::Moment;
    use crate::term::Screen;

    fn state() -> State {
        let recorded = crate::app::Recorded::read(&b""[..], None::<&[u8]>).unwrap();
        State::new(recorded.session, recorded.settings, (80, 24), Screen::new(80, 20, 0))
    }

    #[test]
    fn only_the_case_that_is_on_the_screen_leaves_evidence() {
        let mut state = state();
        assert_eq!(shown(&state, CaseId(1)), Effects::none());
        let rows = vec!["╔═ CASE c1".to_owned(), "║ rm -rf keep".to_owned()];
        let mut view = CaseView::new(CaseId(1), Moment(5));
        (view.digest, view.rows, view.focused) = ("d1".into(), rows.clone(), Some(Moment(6)));
        view.keys = [Moment(7), Moment(9)].into();
        state.interaction.case = Some(view);
        let evidence = Evidence {
            digest: "d1".into(),
            screen: Hash::of("╔═ CASE c1\n║ rm -rf keep\n".as_bytes()).to_string(),
            rows,
            window: (80, 24),
            since: Moment(5),
            focused: Some(Moment(6)),
            seen_to_end: false,
            keys: vec![Moment(7), Moment(9)],
        };
        let mut effects = Effects::none();
        effects.append(Body::Shown { case: CaseId(1), evidence: Box::new(evidence) });
        assert_eq!(shown(&state, CaseId(1)), effects);
        assert_eq!(shown(&state, CaseId(2)), Effects::none());
    }
}
