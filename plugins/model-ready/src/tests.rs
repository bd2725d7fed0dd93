use super::*;

#[test]
fn ready_when_every_model_runs() {
    for models in [vec![true], vec![true, true]] {
        let response = answer(models.iter().copied());
        assert_eq!(response.status(), 200, "{models:?}");
        assert_eq!(
            response.body(),
            b"{\n\t\"Status\": \"Model/s ready\"\n}\n",
            "{models:?}"
        );
    }
}

#[test]
fn not_ready_when_one_does_not_run_or_there_are_none() {
    for models in [vec![], vec![false], vec![true, false], vec![false, true]] {
        let response = answer(models.iter().copied());
        assert_eq!(response.status(), 503, "{models:?}");
        assert_eq!(
            response.body(),
            b"{\n\t\"Status\": \"Model/s not ready\"\n}\n",
            "{models:?}"
        );
    }
}
