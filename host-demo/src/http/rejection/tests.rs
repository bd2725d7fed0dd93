use http_body_util::BodyExt as _;

use super::*;

fn text(response: Response<ResponseBody>) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let body = runtime
        .block_on(response.into_body().collect())
        .unwrap()
        .to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}

#[test]
fn the_body_has_torchserves_members_in_its_order() {
    let response = Rejection::bad_request("Why.").into_response(ErrorForm::TorchServe);

    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(
        text(response),
        "{\n  \"code\": 400,\n  \"type\": \"BadRequestException\",\n  \"message\": \"Why.\"\n}\n"
    );
}

#[test]
fn the_message_is_in_the_member_error_as_well_where_clients_look_for_it() {
    let rejection = Rejection::bad_request("Why.").with_error_member(true);
    let body: serde_json::Value =
        serde_json::from_str(&text(rejection.into_response(ErrorForm::TorchServe))).unwrap();

    assert_eq!(body["message"], "Why.");
    assert_eq!(body["error"], "Why.");
}

#[test]
fn headers_that_belong_to_the_status_are_sent() {
    let response = Rejection::method_not_allowed("GET, POST").into_response(ErrorForm::TorchServe);

    assert_eq!(response.headers()["allow"], "GET, POST");
}

#[test]
fn a_grpc_call_gets_the_status_that_corresponds_to_the_http_status() {
    for (status, expected) in [
        (400, "13"),
        (404, "12"),
        (413, "8"),
        (503, "14"),
        (500, "2"),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let response = Rejection::new(status, "kind", "Why.").into_response(ErrorForm::Grpc);

        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["grpc-status"], expected, "{status}");
        assert_eq!(response.headers()["grpc-message"], "Why.");
    }
}

#[test]
fn a_grpc_status_of_its_own_overrides_that_of_the_http_status() {
    let rejection = Rejection::bad_request("Why.").with_grpc_status(GrpcStatus::UNAUTHENTICATED);

    assert_eq!(
        rejection.into_response(ErrorForm::Grpc).headers()["grpc-status"],
        "16"
    );
}

#[test]
fn an_error_becomes_a_sentence() {
    assert_eq!(sentence(&"the path is not UTF-8"), "The path is not UTF-8.");
    assert_eq!(sentence(&"Already one."), "Already one.");
    assert_eq!(sentence(&""), "");
}

#[test]
fn clients_of_openai_get_its_error_object_beside_torchserves_members() {
    let response = Rejection::bad_request("Why.").into_response(ErrorForm::OpenAi);
    assert_eq!(
        text(response),
        "{\n  \"code\": 400,\n  \"type\": \"BadRequestException\",\n  \"message\": \"Why.\",\n  \
         \"error\": {\n    \"message\": \"Why.\",\n    \"type\": \"invalid_request_error\",\n    \
         \"param\": null,\n    \"code\": \"BadRequestException\"\n  }\n}\n"
    );
}
