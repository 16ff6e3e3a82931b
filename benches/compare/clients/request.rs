//! What the clients without a signature of their own send: the bytes of a signed call, but constant.

/// Header fields beside `host` and `content-length`, in lowercase.
pub(crate) const HEADERS: [(&str, &str); 7] = [
    ("content-type", "application/x-amz-json-1.1"),
    ("x-amz-target", "AWSKendraFrontendService.StopDataSourceSyncJob"),
    ("x-amz-date", "20260101T000000Z"),
    (
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/kendra/aws4_request, \
         SignedHeaders=content-type;host;x-amz-date;x-amz-target, \
         Signature=0000000000000000000000000000000000000000000000000000000000000000",
    ),
    ("user-agent", "aws-sdk-rust/1.0.0 ua/2.1 os/linux lang/rust#1.95.0 md/bare#0.0.0 m/E"),
    ("amz-sdk-invocation-id", "52dbb64c-5fd8-4306-9605-39f9a58abf56"),
    ("amz-sdk-request", "attempt=1; max=3"),
];

/// The body of a call.
pub(crate) const BODY: &str = r#"{"Id":"wiki","IndexId":"0a1b2c3d-4e5f-6789-abcd-ef0123456789"}"#;
