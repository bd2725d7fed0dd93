use super::*;

#[test]
fn one_running_model_is_healthy() {
    for models in [vec![true], vec![false, true], vec![true, false]] {
        let response = answer(models.iter().copied());
        assert_eq!(response.status(), 200, "{models:?}");
        assert_eq!(response.body(), b"{\n\t\"Status\": \"Healthy\"\n}\n");
    }
}

#[test]
fn models_without_a_running_one_are_loading() {
    let response = answer([false, false].into_iter());
    assert_eq!(response.status(), 503);
    assert_eq!(response.body(), b"Models are not loaded");
}

#[test]
fn a_server_without_models_is_healthy() {
    assert_eq!(answer([].into_iter()).status(), 200);
}
