package io.metalimages.supplychain.packages;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CopyrightFileTest {

    private static final String FORMAT =
            "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

    private static Optional<DeclaredLicense> parse(String text) {
        try {
            return CopyrightFile.parse(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<String> expression(String synopsis) {
        return parse(FORMAT + "Files: *\nLicense: " + synopsis + "\n").map(DeclaredLicense::expression);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Expat | MIT",
                "GPL-2 | GPL-2.0-only",
                "GPL-2+ | GPL-2.0-or-later",
                "GPLv3+ | GPL-3.0-or-later",
                "GPL-2.0-or-later | GPL-2.0-or-later",
                "LGPL-2.1 | LGPL-2.1-only",
                "LGPL-3+ or GPL-2+ | LGPL-3.0-or-later OR GPL-2.0-or-later",
                "AGPL-3 | AGPL-3.0-only",
                "GFDL-NIV-1.3+ | GFDL-1.3-no-invariants-or-later",
                "apache-2.0 | Apache-2.0",
                "bsd-3-clause | BSD-3-Clause",
                "CC0 | CC0-1.0",
                "GPL-2 with Linux-syscall-note exception | GPL-2.0-only WITH Linux-syscall-note",
                "Expat, and GPL-2 or ISC | MIT AND (GPL-2.0-only OR ISC)",
                "Expat and ISC or GPL-2 | (MIT AND ISC) OR GPL-2.0-only",
                "Expat or ISC, and GPL-2 | (MIT OR ISC) AND GPL-2.0-only",
                "Expat and Expat | MIT",
            })
    void namesAreTranslated(String synopsis, String expression) {
        assertThat(expression(synopsis)).contains(expression);
    }

    /** There is no such version, no such exception, or nobody knows which licence is meant. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GPL",
                "GPL-4",
                "GPL-2.1",
                "LGPL-1",
                "AGPL-2",
                "GPL-2+ with Foo exception",
                "BSD",
                "public-domain",
                "UMich"
            })
    void whatIsNotInSpdxsListIsAReference(String synopsis) {
        assertThat(expression(synopsis))
                .hasValueSatisfying(found -> assertThat(found).matches("LicenseRef-[a-zA-Z0-9.-]+-[0-9a-f]{8}"));
    }

    @Test
    void aReferenceBringsItsText() {
        DeclaredLicense license = parse(FORMAT + "Files: *\nLicense: own\n\nLicense: own\n One.\n .\n  Two.\n")
                .orElseThrow();
        assertThat(license.others().values()).containsExactly(new DeclaredLicense.OtherLicense("own", "One.\n\n Two."));
        assertThat(license.others().firstKey()).isEqualTo(license.expression());
    }

    @Test
    void theSameNameWithAnotherTextIsAnotherLicence() {
        String start = FORMAT + "Files: *\nLicense: own\n ";
        assertThat(parse(start + "One.").orElseThrow().expression())
                .isNotEqualTo(parse(start + "Two.").orElseThrow().expression());
    }

    @Test
    void proseIsNoName() {
        DeclaredLicense license = parse(
                        FORMAT
                                + "Files: *\nLicense: Permission to use, copy, modify, and distribute this or that\n software.\n")
                .orElseThrow();
        assertThat(license.expression()).matches("LicenseRef-unnamed-[0-9a-f]{8}");
        assertThat(license.others().values())
                .extracting(DeclaredLicense.OtherLicense::text)
                .containsExactly("software.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "This is free software.",
                "Format: something else\n\nFiles: *\nLicense: Expat\n",
                FORMAT,
                FORMAT + "Files: *\nCopyright: me\n",
                FORMAT + "License: Expat\n text\n",
            })
    void whatIsInNoKnownFormSaysNothing(String text) {
        assertThat(parse(text)).isEmpty();
    }

    @Test
    void moreThanARealFileHasSaysNothing() {
        String known = FORMAT + "Files: *\nLicense: Expat\n";
        String fields = IntStream.range(0, 2000)
                .mapToObj(number -> "f" + number + ":\n")
                .collect(Collectors.joining());
        assertThat(parse(known + fields)).isEmpty();
        assertThat(parse(known + "\n" + "a:\n\n".repeat(250_000))).isEmpty();
    }
}
