use super::super::samples::{hostile, passed, sample};
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

/// What is between the first of these and the next of those.
fn between<'a>(page: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = page.split_once(begin).unwrap_or_else(|| panic!("{begin} is not in {page}"));
    rest.split_once(end).unwrap().0
}

#[test]
fn where_nothing_failed_the_page_says_so() {
    let page = of(&passed());
    assert!(page.contains("Nothing to mend") && !page.contains("What to mend"));
    let verdicts = between(&page, "<h2 id=\"verdicts\">", "</section>");
    let (core, cancel) = (verdicts.find(">core<").unwrap(), verdicts.find(">cancel<").unwrap());
    assert!(core < cancel, "{verdicts}");
    let core = between(verdicts, ">core</th>", "</tr>");
    assert!(core.contains("<span class=\"conformant\">✔ conformant</span><br>"), "{core}");
    assert!(core.contains("<span class=\"incomplete\">incomplete</span><br>"), "{core}");
    let cancel = between(verdicts, ">cancel</th>", "</tr>");
    assert!(cancel.contains("<span class=\"not-claimed\">not claimed</span></td>"), "{cancel}");
}

#[test]
fn what_was_worse_comes_first_whatever_was_run_first() {
    let mut document = sample(false);
    document.results.reverse();
    let page = of(&document);
    let places = [
        "framing/cl-short-truncated</h3>",
        "status/html-503</h3>",
        "status/unusual-codes-pass</h3>",
        "framing/chunk-size-bad</h3>",
    ]
    .map(|heading| page.find(heading).unwrap());
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn a_cell_of_the_matrix_counts_one_group_of_one_variant() {
    let page = of(&sample(false));
    let row = between(&page, "<a href=\"#g-status\">status</a></th>", "</tr>");
    let [_, default, other] = row.split("<td>").collect::<Vec<_>>()[..] else { panic!("{row}") };
    assert!(default.contains("2 pass") && default.contains("1 warn"), "{default}");
    assert!(!default.contains("error") && !default.contains("fail"), "{default}");
    assert!(default.contains("the first of status to mend"), "{default}");
    assert!(other.contains("1 error") && !other.contains("pass"), "{other}");
    let row = between(&page, "<a href=\"#g-tls\">tls</a></th>", "</tr>");
    assert!(row.contains("1 skip") && !row.contains("to mend"), "{row}");
    let group = between(&page, "<div id=\"g-status\">", "</div>");
    assert!(group.contains(">status/html-503</th>") && !group.contains("framing/"), "{group}");
}

#[test]
fn the_run_is_told_and_who_took_part() {
    let about = |strict| {
        let page = of(&sample(strict));
        between(&page, "<h2 id=\"about\">", "</section>").to_owned()
    };
    let plain = about(false);
    for part in [
        "<dt>Levels</dt><dd>a failed SHOULD is a warning</dd>",
        "<dt>From</dt><dd>1970-01-01T00:00:00Z</dd>",
        "<dt>other</dt><dd>async, over http; declares pool; what it shows was not looked at</dd>",
    ] {
        assert!(plain.contains(part), "{part} is not in {plain}");
    }
    assert!(about(true).contains("<dd>a failed SHOULD is a failure</dd>"));
    assert_eq!(names(&[]), "none");
    assert_eq!(names(&["pool".to_owned(), "tls".to_owned()]), "pool, tls");
}
