//! `token_exempt_paths` opens exact paths of the inference API, which are forwarded without a key.

use integration_tests::{
    Listener::{Inference, Management},
    get, post,
};

use super::{
    front::Front,
    rows::{Reaches, Row, assert_rows},
};
use crate::expect::CALLERS;

#[test]
fn exact_paths_of_the_inference_api_need_no_key() {
    let fronts = Front::start_all(|builder| {
        builder.property(
            "token_exempt_paths",
            "/predictions/open,/models,/none/at/all",
        )
    });
    let open = |request| Row::new(Inference, request, &CALLERS, Reaches::Inference);
    let guarded = |path| Row::new(Inference, post(path), &["inference"], Reaches::Inference);
    let managed = |listener| {
        Row::new(
            listener,
            get("/models"),
            &["management"],
            Reaches::Management,
        )
    };
    let rows = [
        open(post("/predictions/open").body("x")),
        open(get("/predictions/open?x=y")),
        open(post("/predictions/%6fpen")).by_listener(),
        open(get("/models")).by_listener(),
        open(get("/none/at/all")).by_listener(),
        guarded("/predictions/open/1"),
        guarded("/predictions/opened"),
        guarded("/predictions/m?x=/predictions/open"),
        guarded("/predictions/open/").by_listener(),
        guarded("/none/at").by_listener(),
        // The management API is not opened by it, on whichever listener.
        managed(Management),
        managed(Inference).by_class(),
        Row::new(
            Inference,
            get("/none/at/all"),
            &["management", "inference"],
            Reaches::Nothing,
        )
        .by_class(),
    ];

    assert_rows(&fronts, &rows);
}

#[test]
fn a_guarded_health_path_is_opened_by_it() {
    let fronts = |path: &str| {
        Front::start_all(|builder| {
            builder
                .property("upstream_health_paths", "guarded")
                .property("token_exempt_paths", path)
        })
    };
    let ping = |opens| Row::new(Inference, get("/ping"), opens, Reaches::Inference);

    assert_rows(&fronts("/ping"), &[ping(&CALLERS)]);
    assert_rows(&fronts("/other"), &[ping(&["inference"])]);
}
