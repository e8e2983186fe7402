use super::*;
use crate::model::QuestionFault;

/// Something that happens to a user's identity.
enum Step {
    Sends(&'static str),
    Asked(QuestionKind, Option<QuestionFault>, &'static str),
    Told(Reply),
    Renamed(&'static str),
}
use QuestionKind::{FirstPassword, NewPassword, Password, Repetition};
use Step::{Asked, Renamed, Sends, Told};

fn logged_in(name: &str) -> Step {
    Told(Reply::LoggedIn { name: name.into(), clients: 1 })
}

/// Applies the steps, then checks the line that restores the identity. Questions are about ann.
fn check(steps: impl IntoIterator<Item = Step>, expected: Option<&str>) {
    let mut identity = Identity::default();
    for step in steps {
        match step {
            Sends(line) => identity.sends(line, None),
            Asked(ask, fault, answer) => {
                identity.answers(&Question { ask, name: Some("ann".into()), fault }, answer);
            }
            Renamed(to) => identity.is_renamed(to),
            Told(reply) => assert_eq!(identity.hear(&reply), None),
        }
    }
    let line = identity.comes_back();
    assert_eq!(line.as_ref().map(|line| line.as_str()), expected);
}

#[test]
fn the_identity_is_restored() {
    let login = Some("/login ann secret 123");
    let (wrong, different) = (Some(QuestionFault::Wrong), Some(QuestionFault::Different));
    let refused = |why| Told(Reply::Refused(why));
    check([Sends("hello")], None);
    check([Sends("/nick ann")], None);
    check([Sends("/nick ann"), Renamed("Ann")], Some("/nick ann"));
    check([Sends("/nick ann"), Renamed("bob")], None);
    check([Sends("/login ann secret 123"), logged_in("Ann")], login);
    check([Sends("/login ann secret 123"), refused(Refusal::WrongPassword)], None);
    check([Sends("/login ann"), Asked(Password, None, "secret 123"), logged_in("ann")], login);
    let answers = [Asked(Password, None, "secret"), Asked(Password, wrong, "secret 123")];
    check([Sends("/login ann")].into_iter().chain(answers).chain([logged_in("ann")]), login);
    let failed = refused(Refusal::PromptFailed { tries: 3, is_login: true });
    check([Asked(Password, None, "secret 123"), failed, logged_in("ann")], None);
    let registered = Told(Reply::Registered { name: "ann".into() });
    check(
        [
            Sends("/register"),
            Asked(FirstPassword, None, "secret 124"),
            Asked(Repetition, None, "secret 125"),
            Asked(FirstPassword, different, "secret 123"),
            Asked(Repetition, None, "secret 123"),
            registered,
        ],
        login,
    );
    let changed = || Told(Reply::PasswordChanged);
    check(
        [Sends("/login ann old"), logged_in("ann"), Sends("/passwd old new"), changed()],
        Some("/login ann new"),
    );
    check(
        [
            Sends("/login ann old"),
            logged_in("ann"),
            Sends("/passwd"),
            Asked(Password, None, "odl"),
            Asked(NewPassword, None, "secret 123"),
            Asked(Repetition, None, "secret 123"),
            Asked(Password, wrong, "old"),
            changed(),
        ],
        login,
    );
    let out = Told(Reply::LoggedOut { name: "swift-fox".into() });
    check([Sends("/login ann secret"), logged_in("ann"), Sends("/logout"), out], None);
    check([Sends("/login ann secret"), logged_in("bob")], None);
}

#[test]
fn a_requested_name_lasts_until_the_user_has_one() {
    let mut identity = Identity::new(Some("ann".to_owned()));
    assert_eq!(identity.comes_back().unwrap().as_str(), "/nick ann");
    identity.sends("/nick ann", None);
    assert!(identity.awaits_answer());
    let login = Some("/login ann".to_owned());
    let registered = |name: &str| Refusal::NameRegistered { name: name.into() }.into();
    assert_eq!(identity.hear(&registered("Ann")), login);
    // A user who answers nothing does not log in and is not asked again, not even on the next
    // connection.
    assert!(identity.awaits_answer());
    let question = Question { ask: Password, name: Some("ann".into()), fault: None };
    identity.answers(&question, " ");
    assert!(!identity.awaits_answer());
    assert_eq!(identity.hear(&Reply::Cancelled), None);
    identity.begin_again();
    assert_eq!(identity.comes_back(), None);
    // A user who has not answered yet is asked again on the next connection.
    let mut identity = Identity::new(Some("ann".to_owned()));
    for _ in 0..2 {
        identity.begin_again();
        assert_eq!(identity.comes_back().unwrap().as_str(), "/nick ann");
        assert_eq!(identity.hear(&registered("ann")), login);
    }
    // A login whose password is unknown leaves nothing to restore the identity with.
    let logged_in = Reply::LoggedIn { name: "ann".into(), clients: 2 };
    assert_eq!(identity.hear(&logged_in), None);
    assert!(!identity.awaits_answer() && identity.guest_name().is_none());
}

#[test]
fn server_and_room_passwords_are_restored() {
    let mut identity = Identity::default();
    identity.answers(&Question::SERVER, "open");
    assert_eq!(identity.door_password(), Some("open"));
    identity.sends("/join #ops sesame", None);
    assert_eq!(identity.joins("#ops").as_str(), "/join #ops sesame");
    assert_eq!(identity.joins("#dev").as_str(), "/join #dev");
    assert!(!identity.has_quit());
    identity.sends("/quit good night", None);
    assert!(identity.has_quit());
}
