package io.metalimages.supplychain.packages;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a package's changelog, see deb-changelog(5), as far back as somebody wants to know. Only ASCII matters in it, so its
 * encoding does not.
 */
final class DebianChangelog {

    /** The kernel's has 4 MiB. */
    private static final int LONGEST = 32 << 20;

    private static final int LONGEST_LINE = 1 << 16;
    private static final int MOST_ENTRIES = 10_000;
    private static final int MOST_VULNERABILITIES = 100_000;

    private static final Pattern HEADING =
            Pattern.compile("([a-zA-Z0-9][a-zA-Z0-9+.-]*) \\(([a-zA-Z0-9.+:~-]+)\\)((?: +[a-zA-Z0-9.+-]+)+) *;.*");
    private static final Pattern TRAILER =
            Pattern.compile(" -- .*> +(?:[A-Za-z]{3}, +)?([0-9]{1,2} [A-Za-z]{3} [0-9]{4} [0-9:]{7,8} [+-][0-9]{4}).*");
    private static final Pattern VULNERABILITY = Pattern.compile("CVE-[0-9]{4}-[0-9]{4,12}(?![0-9])");
    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("d MMM uuuu H:mm:ss Z", Locale.ROOT);

    private final Instant since;
    private final List<SecurityUpdates.Update> updates = new ArrayList<>();
    private Optional<Matcher> heading = Optional.empty();
    private SortedSet<String> vulnerabilities = new TreeSet<>();
    private int entries;
    private int vulnerabilitiesSeen;

    private DebianChangelog(Instant since) {
        this.since = since;
    }

    /** What a changelog cannot be read for. */
    static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1L;

        MalformedException(String reason) {
            super(reason);
        }
    }

    /**
     * The entries from {@code since} on that are about security, newest first. What comes after the first entry that is
     * older is not read.
     *
     * @throws MalformedException if it is none, or too long
     * @throws IOException if it cannot be read or is not compressed as its name says
     */
    static List<SecurityUpdates.Update> read(InputStream input, Instant since) throws IOException, MalformedException {
        return new DebianChangelog(since).read(new BufferedInputStream(input, 1 << 16));
    }

    private List<SecurityUpdates.Update> read(BufferedInputStream input) throws IOException, MalformedException {
        byte[] line = new byte[LONGEST_LINE];
        int length = 0;
        long bytes = 0;
        boolean older = false;
        int next = input.read();
        while (next >= 0 && !older) {
            if (++bytes > LONGEST) {
                throw new MalformedException("it is longer than " + (LONGEST >> 20) + " MiB");
            }
            if (next == '\n') {
                older = accept(new String(line, 0, length, StandardCharsets.ISO_8859_1));
                length = 0;
            } else if (length < LONGEST_LINE) {
                line[length++] = (byte) next;
            }
            next = input.read();
        }
        if (!older && length > 0) {
            older = accept(new String(line, 0, length, StandardCharsets.ISO_8859_1));
        }
        if (!older && heading.isPresent()) {
            throw new MalformedException("the entry " + heading.get().group(2) + " has no end");
        }
        if (entries == 0) {
            throw new MalformedException("it has no entry with a date");
        }
        return updates;
    }

    /** Whether nothing behind this line is wanted any more. */
    private boolean accept(String line) throws MalformedException {
        Matcher found = HEADING.matcher(line);
        if (found.matches()) {
            if (heading.isPresent()) {
                throw new MalformedException("the entry " + heading.get().group(2) + " has no end");
            }
            heading = Optional.of(found);
            vulnerabilities = new TreeSet<>();
        } else if (line.startsWith(" -- ")) {
            return heading.isPresent() && end(heading.get(), line);
        } else if (line.startsWith(" ") && heading.isPresent()) {
            collect(line);
        }
        return false;
    }

    private void collect(String line) throws MalformedException {
        Matcher names = VULNERABILITY.matcher(line);
        while (names.find()) {
            vulnerabilities.add(names.group());
            if (++vulnerabilitiesSeen > MOST_VULNERABILITIES) {
                throw new MalformedException("it names more than " + MOST_VULNERABILITIES + " vulnerabilities");
            }
        }
    }

    private boolean end(Matcher begun, String line) throws MalformedException {
        Instant date = date(line)
                .orElseThrow(() -> new MalformedException("the entry " + begun.group(2) + " has no proper date"));
        heading = Optional.empty();
        if (++entries > MOST_ENTRIES) {
            throw new MalformedException("it has more than " + MOST_ENTRIES + " entries");
        }
        if (date.isBefore(since)) {
            return true;
        }
        List<String> distributions = List.of(begun.group(3).strip().split(" +"));
        if (!vulnerabilities.isEmpty() || distributions.stream().anyMatch(name -> name.endsWith("-security"))) {
            updates.add(new SecurityUpdates.Update(
                    begun.group(2), String.join(" ", distributions), date, List.copyOf(vulnerabilities)));
        }
        return false;
    }

    private static Optional<Instant> date(String line) {
        Matcher trailer = TRAILER.matcher(line);
        if (!trailer.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(trailer.group(1), DATE).toInstant());
        } catch (DateTimeException notADate) {
            return Optional.empty();
        }
    }
}
