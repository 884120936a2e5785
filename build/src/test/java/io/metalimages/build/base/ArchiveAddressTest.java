package io.metalimages.build.base;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ArchiveAddressTest {

    @Test
    void namesAndPasswordsAreLeftOut() {
        assertThat(ArchiveAddress.withoutUser("deb https://me:pass:word@example.org/debian bookworm main"))
                .isEqualTo("deb https://example.org/debian bookworm main");
        assertThat(ArchiveAddress.withoutUser("from http://a@example.org/x and ftp://b:c@example.org:21/y"))
                .isEqualTo("from http://example.org/x and ftp://example.org:21/y");
        assertThat(ArchiveAddress.withoutUser("deb https://me:p@ss@example.org/debian bookworm main"))
                .isEqualTo("deb https://example.org/debian bookworm main");
    }

    @Test
    void everythingElseStays() {
        String text = "https://example.org/a@b some@example.org";
        assertThat(ArchiveAddress.withoutUser(text)).isEqualTo(text);
    }
}
