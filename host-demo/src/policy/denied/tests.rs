use crate::http::rejection::ErrorForm;
use http_body_util::BodyExt as _;

use http::header::RETRY_AFTER;

use super::*;

fn response(denied: Denied, status: TokenAuthStatus) -> (u16, Option<String>, String) {
    let response = denied
        .into_rejection(status)
        .into_response(ErrorForm::TorchServe);
    let header = response.headers().get(WWW_AUTHENTICATE);
    let header = header.map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let body = runtime
        .block_on(response.into_body().collect())
        .unwrap()
        .to_bytes();
    (status, header, String::from_utf8(body.to_vec()).unwrap())
}

#[test]
fn every_denial_keeps_its_reason() {
    for (verdict, denied) in [
        (Verdict::DENY, Denied::Unspecified),
        (Verdict::DENY_MISSING, Denied::Missing),
        (Verdict::DENY_INVALID, Denied::Invalid),
        (Verdict::DENY_EXPIRED, Denied::Expired),
        (Verdict::DENY_SCOPE, Denied::Scope),
    ] {
        assert_eq!(decision(verdict), Err(denied));
    }
}

#[test]
fn every_denial_has_the_same_response_in_torchserves_form() {
    let expected = "{\n  \"code\": 400,\n  \"type\": \"InvalidKeyException\",\n  \"message\": \"Token \
        Authorization failed. Token either incorrect, expired, or not provided correctly\"\n}\n";
    for denied in [
        Denied::Missing,
        Denied::Invalid,
        Denied::Expired,
        Denied::Scope,
        Denied::Unspecified,
        Denied::Unknown,
    ] {
        assert_eq!(
            response(denied, TokenAuthStatus::TorchServe),
            (400, Some("Bearer".to_owned()), expected.to_owned())
        );
    }
}

#[test]
fn the_standard_form_distinguishes_authentication_from_authorization() {
    for (denied, status, challenge) in [
        (Denied::Missing, 401, "Bearer"),
        (Denied::Invalid, 401, "Bearer error=\"invalid_token\""),
        (Denied::Expired, 401, "Bearer error=\"invalid_token\""),
        (Denied::Unspecified, 401, "Bearer error=\"invalid_token\""),
        (Denied::Unknown, 401, "Bearer error=\"invalid_token\""),
        (Denied::Scope, 403, "Bearer error=\"insufficient_scope\""),
    ] {
        let (found, header, body) = response(denied, TokenAuthStatus::Standard);
        assert_eq!(
            (found, header.as_deref()),
            (status, Some(challenge)),
            "{denied:?}"
        );
        assert!(body.contains(&format!("\"code\": {status},")), "{body}");
    }
}

#[test]
fn a_grpc_call_gets_its_status_in_trailers_only() {
    for (denied, status, code) in [
        (Denied::Missing, TokenAuthStatus::TorchServe, "7"),
        (Denied::Missing, TokenAuthStatus::Standard, "16"),
        (Denied::Invalid, TokenAuthStatus::Standard, "16"),
        (Denied::Scope, TokenAuthStatus::Standard, "7"),
    ] {
        let response = denied.into_rejection(status).into_response(ErrorForm::Grpc);
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["grpc-status"], code, "{denied:?}");
        assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    }
}

#[test]
fn a_key_over_its_limit_gets_retry_after_in_every_form() {
    for form in [TokenAuthStatus::TorchServe, TokenAuthStatus::Standard] {
        let denied = decision(Verdict::deny_limit(30)).unwrap_err();
        assert_eq!(denied.outcome(), CheckOutcome::Limited);
        let response = denied
            .into_rejection(form)
            .into_response(ErrorForm::TorchServe);
        assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(response.headers()[RETRY_AFTER], "30");
        let response = denied.into_rejection(form).into_response(ErrorForm::Grpc);
        assert_eq!(response.headers()["grpc-status"], "8");
    }
}
