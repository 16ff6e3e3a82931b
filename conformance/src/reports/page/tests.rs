use super::super::samples::{hostile, sample};
use super::*;

fn of(document: &Document) -> String {
    page(document, Path::new("/nonexistent"))
}

#[test]
fn nothing_that_a_server_says_is_markup() {
    let said =
        "</pre></td><script>alert(1)</script><img src=x onerror=alert(1)> \" ' &lt; \u{1}\u{202e}";
    let page = of(&hostile(said));
    let escaped = "&lt;/pre&gt;&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt; \
                   &quot; &#39; &amp;lt; \\u{1}\\u{202e}";
    assert!(page.contains(&format!("<dt>Actual</dt><dd class=\"said\">{escaped}</dd>")), "{page}");
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    let page = of(&sample(false));
    for part in ["<script", "src=", "@import", "url(", "http://", "https://", " on", "javascript:"]
    {
        let found = page.match_indices(part).find(|(at, _)| {
            // Of `on` attributes only, inside a tag.
            let before = &page[..*at];
            part != " on" || before.rfind('<') > before.rfind('>')
        });
        assert_eq!(found, None, "{part}");
    }
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
}

#[test]
fn all_links_lead_somewhere_and_ids_are_unique() {
    let page = of(&sample(true));
    let ids: Vec<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: std::collections::BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(unique.len(), ids.len(), "{ids:?}");
    let mut links = 0;
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(ids.contains(&link), "{link} is not in {ids:?}");
        links += 1;
    }
    assert!(links > 10, "{links}");
}

#[test]
fn what_fails_is_first_and_tells_all() {
    let page = of(&sample(false));
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is not in {page}"));
    assert!(place("framing/cl-short-truncated</h3>") < place("status/html-503</h3>"));
    assert!(place("status/html-503</h3>") < place("status/unusual-codes-pass</h3>"));
    for part in [
        "<dt>Rule</dt><dd>RFC 9112",
        "<dt>Expected</dt><dd class=\"said\">an error</dd>",
        "<pre class=\"command\">cargo test --test any -- --exact default::framing/cl-short-truncated</pre>",
        "writes HTTP/1.1 200 OK\\r\\n",
        "✘ 1 fail</span> <span class=\"count error\">✘ 1 error",
        "<span class=\"not-conformant\">✘ not conformant</span>",
        "capability tls is not declared",
    ] {
        place(part);
    }
    assert!(!page.contains("Nothing to mend"));
}
