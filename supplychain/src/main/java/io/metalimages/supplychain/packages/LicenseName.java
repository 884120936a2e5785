package io.metalimages.supplychain.packages;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Translates what Debian's copyright files call licences to the names of SPDX's list. */
final class LicenseName {

    private static final Map<String, String> KNOWN = read("licenses.txt");

    /** GPL-2+, LGPLv2.1, gpl-3.0-or-later. */
    private static final Pattern GNU =
            Pattern.compile("(a?l?gpl)-?v?([123])(?:\\.([01]))?(\\+|-only|-or-later)?", Pattern.CASE_INSENSITIVE);

    /** GFDL-1.3+, GFDL-NIV-1.3. */
    private static final Pattern GNU_DOCUMENTATION =
            Pattern.compile("gfdl(-niv)?-(1\\.[123])(\\+|-only|-or-later)?", Pattern.CASE_INSENSITIVE);

    private static final Pattern EXCEPTION =
            Pattern.compile("(\\S+) with (\\S+?)(?:[ -]exception)?", Pattern.CASE_INSENSITIVE);

    private static final Map<String, String> EXCEPTIONS = Map.of(
            "bison", "Bison-exception-2.2",
            "classpath", "Classpath-exception-2.0",
            "font", "Font-exception-2.0",
            "libtool", "Libtool-exception",
            "linux-syscall-note", "Linux-syscall-note",
            "texinfo", "Texinfo-exception");

    private LicenseName() {}

    /** SPDX's name; empty if this one stands for none in its list, or nobody knows for which. */
    static Optional<String> toSpdx(String name) {
        Matcher exception = EXCEPTION.matcher(name);
        if (exception.matches()) {
            return Optional.ofNullable(EXCEPTIONS.get(exception.group(2).toLowerCase(Locale.ROOT)))
                    .flatMap(known -> toSpdx(exception.group(1)).map(license -> license + " WITH " + known));
        }
        return gnu(name)
                .or(() -> gnuDocumentation(name))
                .or(() -> Optional.ofNullable(KNOWN.get(name.toLowerCase(Locale.ROOT))));
    }

    private static Optional<String> gnu(String name) {
        Matcher gnu = GNU.matcher(name);
        if (!gnu.matches()) {
            return Optional.empty();
        }
        String family = gnu.group(1).toUpperCase(Locale.ROOT);
        String version = gnu.group(2) + "." + Objects.requireNonNullElse(gnu.group(3), "0");
        boolean exists = switch (family) {
            case "GPL" -> version.matches("[123]\\.0");
            case "LGPL" -> version.matches("2\\.0|2\\.1|3\\.0");
            case "AGPL" -> version.matches("[13]\\.0");
            default -> false;
        };
        return exists ? Optional.of(family + "-" + version + extent(gnu.group(4))) : Optional.empty();
    }

    private static Optional<String> gnuDocumentation(String name) {
        Matcher gnu = GNU_DOCUMENTATION.matcher(name);
        return gnu.matches()
                ? Optional.of(
                        "GFDL-" + gnu.group(2) + (gnu.group(1) == null ? "" : "-no-invariants") + extent(gnu.group(3)))
                : Optional.empty();
    }

    private static String extent(@Nullable String suffix) {
        return suffix == null || suffix.equals("-only") ? "-only" : "-or-later";
    }

    private static Map<String, String> read(String resource) {
        try (InputStream input = Objects.requireNonNull(LicenseName.class.getResourceAsStream(resource));
                BufferedReader lines = new BufferedReader(new InputStreamReader(input, StandardCharsets.UTF_8))) {
            Map<String, String> names = new HashMap<>();
            lines.lines().filter(line -> !line.startsWith("#")).forEach(line -> {
                String[] words = line.split(" ");
                names.put(words[0].toLowerCase(Locale.ROOT), words[words.length - 1]);
            });
            return names;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
