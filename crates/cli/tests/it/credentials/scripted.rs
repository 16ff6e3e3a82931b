//! The sources, each with a scripted endpoint.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use kendra_sync_test_servers::{End, Raw};
use tokio::process::Command;

/// What each answer's secret and token begin with; a number follows.
pub(crate) const SECRET: &str = "kq7Zx0WvUt5SrQpOnMl3KjIhGf";
pub(crate) const TOKEN: &str = "Hh2Gg4Ff6Ee8Dd0Cc1Bb3Aa5Zz";
/// What a source is asked with.
pub(crate) const ASKED_WITH: &str = "Bearer-Pq9Wo8Ei7Ru6Ty5Gh4Fj3Dk2";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Container,
    Instance,
    Process,
    Role,
    Sso,
    WebIdentity,
    WebIdentityOfProfile,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Denied,
    Garbage,
    /// For this many seconds.
    Good(u64),
    Silent,
}

impl Source {
    pub(crate) const ALL: [Self; 7] = [
        Self::Container,
        Self::Instance,
        Self::Process,
        Self::Role,
        Self::Sso,
        Self::WebIdentity,
        Self::WebIdentityOfProfile,
    ];

    /// What gives `outcome`, for as long as it lives.
    pub(crate) async fn start(self, outcome: Outcome) -> Raw {
        if outcome == Outcome::Silent {
            return Raw::start(Vec::new(), End::Hold).await;
        }
        let given = AtomicUsize::new(0);
        Raw::answering(move |_, request| {
            let request = String::from_utf8_lossy(request);
            answer(&request, outcome, &given)
        })
        .await
    }

    /// Sets up `command` to use it, with files in `home`.
    pub(crate) fn configure(
        self,
        command: &mut Command,
        home: &Path,
        server: &Raw,
        outcome: Outcome,
    ) {
        let url = server.url();
        std::fs::create_dir_all(home.join(".aws/sso/cache")).unwrap();
        std::fs::write(home.join("token"), format!("{ASKED_WITH}\n")).unwrap();
        let token_file = home.join("token");
        let token_file = token_file.display();
        let role = "role_arn = arn:aws:iam::111122223333:role/ops\n";
        let config = match self {
            Self::Container => {
                command
                    .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{url}/container"))
                    .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", ASKED_WITH);
                String::new()
            }
            Self::Instance => {
                command.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
                command.env("AWS_EC2_METADATA_DISABLED", "false");
                String::new()
            }
            Self::Process => {
                let script = home.join("process.sh");
                std::fs::write(&script, process(outcome)).unwrap();
                format!("credential_process = sh '{}' {ASKED_WITH}\n", script.display())
            }
            Self::Role => {
                command.env("AWS_ENDPOINT_URL_STS", &url);
                format!(
                    "{role}source_profile = base\n[profile base]\naws_access_key_id = AKIDBASE\n\
                     aws_secret_access_key = {ASKED_WITH}\n"
                )
            }
            Self::Sso => {
                let cached = format!(
                    "{{\"accessToken\":\"{ASKED_WITH}\",\"expiresAt\":\"2099-01-01T00:00:00Z\",\
                     \"startUrl\":\"https://d.awsapps.com/start\",\"region\":\"eu-west-1\"}}"
                );
                std::fs::write(home.join(".aws/sso/cache").join(CORP), cached).unwrap();
                command.env("AWS_ENDPOINT_URL_SSO", &url);
                "sso_session = corp\nsso_account_id = 111122223333\nsso_role_name = ops\n\
                 [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://d.awsapps.com/start\n"
                    .to_owned()
            }
            Self::WebIdentity => {
                command
                    .env("AWS_ENDPOINT_URL_STS", &url)
                    .env("AWS_WEB_IDENTITY_TOKEN_FILE", home.join("token"))
                    .env("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/ops");
                String::new()
            }
            Self::WebIdentityOfProfile => {
                // By the profile, this time.
                format!(
                    "{role}web_identity_token_file = {token_file}\nservices = local\n\
                     [services local]\nsts =\n  endpoint_url = {url}\n"
                )
            }
        };
        std::fs::write(home.join(".aws/config"), format!("[default]\n{config}")).unwrap();
    }
}

pub(crate) fn response(status: u16, content_type: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn answer(request: &str, outcome: Outcome, given: &AtomicUsize) -> Vec<u8> {
    let json = |body: &str| response(200, "application/json", body);
    if request.starts_with("PUT /latest/api/token ") {
        let token = "HTTP/1.1 200 OK\r\nx-aws-ec2-metadata-token-ttl-seconds: 21600\r\n";
        return format!("{token}Content-Length: {}\r\n\r\n{ASKED_WITH}", ASKED_WITH.len()).into();
    }
    if request.starts_with("GET /latest/meta-data/iam/security-credentials/ ") {
        return response(200, "text/plain", "ops");
    }
    let life = match outcome {
        Outcome::Good(seconds) => seconds,
        Outcome::Garbage => return response(200, "text/plain", &format!("{SECRET}1 {TOKEN}1 <{{")),
        // With what came, as an echo.
        Outcome::Denied => return denied(request),
        Outcome::Silent => unreachable!("such a server reads nothing"),
    };
    let number = given.fetch_add(1, Ordering::SeqCst) + 1;
    let until = until(life);
    if request.starts_with("POST ") {
        let action = if request.contains("WebIdentity") {
            "AssumeRoleWithWebIdentity"
        } else {
            "AssumeRole"
        };
        return response(
            200,
            "text/xml",
            &format!(
                "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{action}Result>\
                 <Credentials><AccessKeyId>AKID{number}</AccessKeyId><SecretAccessKey>{SECRET}{number}\
                 </SecretAccessKey><SessionToken>{TOKEN}{number}</SessionToken><Expiration>{until}\
                 </Expiration></Credentials></{action}Result></{action}Response>"
            ),
        );
    }
    if request.starts_with("GET /federation/credentials?") {
        let millis = seconds(life) * 1000;
        return json(&format!(
            "{{\"roleCredentials\":{{\"accessKeyId\":\"AKID{number}\",\"secretAccessKey\":\"{SECRET}{number}\",\
             \"sessionToken\":\"{TOKEN}{number}\",\"expiration\":{millis}}}}}"
        ));
    }
    json(&format!(
        "{{\"Code\":\"Success\",\"AccessKeyId\":\"AKID{number}\",\"SecretAccessKey\":\"{SECRET}{number}\",\
         \"Token\":\"{TOKEN}{number}\",\"Expiration\":\"{until}\"}}"
    ))
}

fn denied(request: &str) -> Vec<u8> {
    let echo = request.replace(['<', '>', '&', '"', '\r', '\n', '\\'], " ");
    if request.starts_with("POST ") {
        return response(
            403,
            "text/xml",
            &format!(
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you: {echo}</Message></Error></ErrorResponse>"
            ),
        );
    }
    let body = format!("{{\"message\":\"not you: {echo}\",\"__type\":\"UnauthorizedException\"}}");
    response(if request.contains("/federation/") { 401 } else { 403 }, "application/json", &body)
}

/// A script that prints credentials, numbered by the runs that there were.
fn process(outcome: Outcome) -> String {
    match outcome {
        Outcome::Denied => format!("echo '{SECRET}'; echo not you >&2; exit 3\n"),
        Outcome::Garbage => format!("echo '{{\"Version\":1,\"SecretAccessKey\":{SECRET}1'\n"),
        Outcome::Silent => "exec sleep 60\n".to_owned(),
        Outcome::Good(life) => format!(
            "n=$(($(cat \"$0.runs\" 2>/dev/null || echo 0) + 1))\necho $n > \"$0.runs\"\n\
             echo '{{\"Version\":1,\"AccessKeyId\":\"AKID'$n'\",\"SecretAccessKey\":\"{SECRET}'$n'\",\
             \"SessionToken\":\"{TOKEN}'$n'\",\"Expiration\":\"{}\"}}'\n",
            until(life)
        ),
    }
}

fn seconds(life: u64) -> u64 {
    let now = SystemTime::now() + Duration::from_secs(life);
    now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

fn until(life: u64) -> String {
    let time = time::OffsetDateTime::from(SystemTime::now() + Duration::from_secs(life));
    time.format(&time::format_description::well_known::Rfc3339).unwrap()
}

/// The SHA-1 of the session's name, `corp`, as the AWS CLI names the file.
const CORP: &str = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
