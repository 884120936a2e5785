package io.metalimages.catalog;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** A day, as people read it: {@code 20 Nov 2026}. */
record Day(LocalDate date) {

    private static final DateTimeFormatter FORM = DateTimeFormatter.ofPattern("d MMM uuuu", Locale.ENGLISH);

    /** The day of that moment in UTC. */
    static Day of(Instant moment) {
        return new Day(LocalDate.ofInstant(moment, ZoneOffset.UTC));
    }

    /** For programs: {@code 2026-11-20}. */
    String iso() {
        return date.toString();
    }

    @Override
    public String toString() {
        return FORM.format(date);
    }
}
