package io.metalimages.http;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a server says of a content by which it can be told from another one at the same address; see RFC 9110, section 8.8.
 *
 * @param date as the server wrote it
 * @param dateIsStrong whether a later content is sure to have another date
 * @param length in bytes
 */
record ContentVersion(Optional<String> entityTag, Optional<String> date, boolean dateIsStrong, OptionalLong length) {

    private static final int PARTIAL_CONTENT = 206;
    private static final Pattern WHOLE_LENGTH = Pattern.compile(".*/([0-9]{1,18})");

    static ContentVersion of(Response<?> response) {
        Optional<String> date = response.header("Last-Modified");
        return new ContentVersion(response.header("ETag"), date, isStrong(date, response), length(response));
    }

    /** Whether the date was already past when the server sent it, so that no change can have got the same one. */
    private static boolean isStrong(Optional<String> date, Response<?> response) {
        Optional<Instant> changed = date.flatMap(ContentVersion::time);
        Optional<Instant> sent = response.header("Date").flatMap(ContentVersion::time);
        return changed.isPresent()
                && sent.isPresent()
                && Duration.between(changed.get(), sent.get()).compareTo(Duration.ofSeconds(1)) >= 0;
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant());
        } catch (DateTimeException unreadable) {
            return Optional.empty();
        }
    }

    private static OptionalLong length(Response<?> response) {
        if (response.status() != PARTIAL_CONTENT) {
            return response.headers().firstValueAsLong("Content-Length");
        }
        Matcher range = WHOLE_LENGTH.matcher(response.header("Content-Range").orElse(""));
        return range.matches() ? OptionalLong.of(Long.parseLong(range.group(1))) : OptionalLong.empty();
    }

    /** What makes a server send a part of this content, and the whole of another; see RFC 9110, section 13.1.5. */
    Optional<String> condition() {
        return entityTag.isPresent()
                ? entityTag.filter(tag -> !tag.startsWith("W/"))
                : date.filter(text -> dateIsStrong);
    }

    /** Whether a later response, or the part that it has, is of another content. What it does not say makes no difference. */
    boolean isOther(ContentVersion later) {
        return differs(entityTag, later.entityTag)
                || differs(date, later.date)
                || (length.isPresent() && later.length.isPresent() && !length.equals(later.length));
    }

    private static boolean differs(Optional<String> one, Optional<String> other) {
        return one.isPresent() && other.isPresent() && !one.equals(other);
    }
}
