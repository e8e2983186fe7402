//! Several languages at once: each user reads the server's words in their own.

use super::accounts::stage;
use super::scene::Scene;

/// Checks what has appeared on an English and on a Chinese screen since they were last looked at.
#[track_caller]
fn both_see(scene: &mut Scene, (en, english): (&str, &str), (zh, chinese): (&str, &str)) {
    scene.sees_now(en, &[english]);
    scene.sees_now(zh, &[chinese]);
}

#[test]
fn one_room_is_read_in_english_and_in_chinese() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/lang zh");
    scene.sees_now("bob", &["服务器现在对您使用中文。"]);
    scene.sees_now("ann", &[]);

    scene.enters("eve");
    scene.hand_out();
    both_see(&mut scene, ("ann", "eve joined"), ("bob", "eve 上线"));
    scene.does("eve", "hello 你好");
    both_see(&mut scene, ("ann", "eve: hello 你好"), ("bob", "eve: hello 你好"));
    scene.does("eve", "/nick fay");
    both_see(&mut scene, ("ann", "eve is now fay"), ("bob", "eve 改名为 fay"));
    scene.does("otto", "/topic flowers");
    both_see(
        &mut scene,
        ("ann", "otto set the topic: flowers"),
        ("bob", "otto 设置了话题：flowers"),
    );
    scene.does("otto", "/mute #lobby gus too loud");
    both_see(
        &mut scene,
        ("ann", "otto muted gus until further notice: too loud"),
        ("bob", "otto 禁止 gus 发言，直到另行解除：too loud"),
    );
}

#[test]
fn answers_are_the_same_data_in_the_language_of_each_user() {
    let mut scene = Scene::ordered();
    scene.does("bob", "/lang zh");
    scene.does("gus", "/away");
    scene.looked();
    let check = |scene: &mut Scene, text: &str, code: &str, english: &[&str], chinese: &[&str]| {
        for (name, expected) in [("ann", english), ("bob", chinese)] {
            scene.does(name, text);
            assert_eq!(scene.codes(name), [code], "{name}: {text}");
            scene.sees_now(name, expected);
        }
    };
    check(
        &mut scene,
        "/kick otto",
        "needs-rank",
        &["Only operators can do that. /op lists them."],
        &["只有管理员可以执行此操作。输入 /op 查看管理员。"],
    );
    check(
        &mut scene,
        "/who",
        "who",
        &["5 people are in #lobby:", "  ann, bob, gus (away), olga, otto"],
        &["#lobby 有 5 人：", "  ann, bob, gus (离开), olga, otto"],
    );
    // A private message reaches a reader of another language.
    scene.does("ann", "/msg bob hi");
    both_see(&mut scene, ("ann", "you → bob (private): hi"), ("bob", "ann → 您（私信）：hi"));
}

#[test]
fn the_language_is_kept_with_the_account() {
    #[track_caller]
    fn reads(scene: &mut Scene, name: &str, expected: &str) {
        scene.looked();
        scene.does(name, "/back");
        scene.sees_now(name, &[expected]);
    }
    let (english, chinese) = ("You were not away.", "您没有设为离开。");
    let mut scene = stage();
    scene.does("ann", "/lang zh");
    reads(&mut scene, "ann", chinese);
    reads(&mut scene, "bob", english);

    // A guest reads the language of the server.
    scene.does("ann", "/logout");
    reads(&mut scene, "ann", english);
    scene.does("ann", "/login ann secret1");
    assert_eq!(scene.news("ann").last().unwrap(), "您已登录为 ann。");
    reads(&mut scene, "ann", chinese);

    // All clients of the account follow.
    scene.does("bob", "/login ann secret1");
    reads(&mut scene, "bob", chinese);
    scene.does("bob", "/lang en");
    scene.sees_now("bob", &["The server now speaks English to you."]);
    for name in ["ann", "bob"] {
        reads(&mut scene, name, english);
    }
    for text in ["/logout", "/login ann secret1"] {
        scene.does("ann", text);
        reads(&mut scene, "ann", english);
    }
}
