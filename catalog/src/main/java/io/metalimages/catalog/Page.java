package io.metalimages.catalog;

import io.metalimages.store.object.ObjectKey;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A page that is being rendered, and how it leads to others: by relative links, so that the pages work below any address.
 *
 * @param heading what is special about it; empty for the front page
 */
record Page(Site site, ObjectKey key, String heading) {

    /** The link to another object. */
    String to(ObjectKey other) {
        return "../".repeat((int)
                        key.value().chars().filter(each -> each == '/').count())
                + other;
    }

    /** When something was last published; only the front page says so, as the others need not change with it. */
    Optional<Day> updated() {
        return heading.isEmpty() ? site.updated() : Optional.empty();
    }

    String title() {
        return heading.isEmpty() ? site.title() : heading + " · " + site.title();
    }

    /** The part of a link that leads to a package in a list. */
    static String fragment(String packageName) {
        return "#"
                + URLEncoder.encode(anchor(packageName), StandardCharsets.UTF_8).replace("+", "%20");
    }

    static String anchor(String packageName) {
        return "package-" + packageName;
    }
}
