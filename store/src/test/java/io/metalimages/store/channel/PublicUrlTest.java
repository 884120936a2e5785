package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.store.object.ObjectKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PublicUrlTest {

    @ParameterizedTest
    @CsvSource({
        "https://images.example.com, https://images.example.com/a/b",
        "http://127.0.0.1:8080/, http://127.0.0.1:8080/a/b",
        "https://example.com//, https://example.com/a/b",
        "https://example.com/some/~path, https://example.com/some/~path/a/b",
        "http://[::1]:80, http://[::1]:80/a/b"
    })
    void leadsToObjects(String address, String url) {
        assertThat(PublicUrl.parse(address).of(new ObjectKey("a/b"))).isEqualTo(url);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "images.example.com",
                "javascript:alert(1)",
                "https://user:secret@example.com",
                "https://example.com?x",
                "https://example.com/#x",
                "https://example.com/a b",
                "https://example.com/$(id)",
                "https://example.com//x",
                "ftp://images.example.com"
            })
    void nothingElseIsAnAddress(String address) {
        assertThatThrownBy(() -> PublicUrl.parse(address))
                .isInstanceOf(FaultException.class)
                .hasMessageContaining("--url-base")
                .hasMessageNotContaining("secret");
    }
}
