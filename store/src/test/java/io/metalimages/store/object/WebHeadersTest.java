package io.metalimages.store.object;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WebHeadersTest {

    private static final String DIGEST = "2a6c8436e51ea55c96f6c29151695ad8fcea1278c20d2bac64def89af5cb1f11";

    @ParameterizedTest
    @CsvSource({
        "index.html, text/html; charset=utf-8",
        "catalog/assets/style.css, text/css; charset=utf-8",
        "catalog/assets/catalog.js, text/javascript; charset=utf-8",
        "catalog/assets/icon.svg, image/svg+xml",
        "metal-os/stable/index.json, application/json",
        "metal-os/stable/debian/12/packages.txt, text/plain; charset=utf-8",
        "metal-os/stable/debian/12/img.tar.lz4.md5, text/plain; charset=utf-8",
        "metal-os/stable/debian/12/img.tar.lz4, application/octet-stream"
    })
    void mediaTypeIsThatOfTheEnding(String key, String mediaType) {
        assertThat(WebHeaders.of(new ObjectKey(key)).contentType()).isEqualTo(mediaType);
    }

    @Test
    void whatIsNamedByItsContentIsKept() {
        for (String key : new String[] {
            "metal-os/objects/sha256/" + DIGEST, "catalog/assets/style." + DIGEST + ".css", DIGEST + ".css"
        }) {
            assertThat(WebHeaders.of(new ObjectKey(key)).cacheControl()).contains("immutable");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"index.html", "metal-os/stable/debian/12/img.tar.lz4", DIGEST + "/x", "x" + DIGEST})
    void whatCanChangeIsAskedForAgain(String key) {
        assertThat(WebHeaders.of(new ObjectKey(key)).cacheControl()).isEqualTo("no-cache");
    }
}
