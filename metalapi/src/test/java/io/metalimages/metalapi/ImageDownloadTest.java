package io.metalimages.metalapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.common.FaultException;
import io.metalimages.http.RetryPolicy;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageDownloadTest {

    private static final String MD5 = "0123456789abcdef0123456789abcdef";

    private final List<String> notes = new ArrayList<>();
    private PublicStore store;
    private ImageDownload download;
    private URI url;

    @BeforeEach
    void start() throws IOException {
        store = new PublicStore();
        url = store.put("/img.tar.lz4", "tarball");
        store.put("/img.tar.lz4.md5", MD5 + "  img.tar.lz4\n");
        download = new ImageDownload(new MetalApiOptions(
                URI.create("http://unused.example.com"),
                new Authentication.HmacKey("Metal-Admin", "key"),
                new RetryPolicy(3, Duration.ofMillis(5), Duration.ofMillis(20), Duration.ofSeconds(30)),
                Duration.ofMinutes(1),
                notes::add));
    }

    @AfterEach
    void stop() {
        download.close();
        store.close();
    }

    private FaultException faultOf(URI tarball) {
        return assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> download.require(tarball, 7, MD5))
                .actual();
    }

    @Test
    void anImageThatIsThereIsFetched() throws InterruptedException {
        store.failNext(2);
        download.require(url, 7, MD5);
        assertThat(notes).hasSize(2);
    }

    @Test
    void aRedirectIsFollowed() throws InterruptedException {
        store.redirect("/other/img.tar.lz4", "/img.tar.lz4");
        store.redirect("/other/img.tar.lz4.md5", "/img.tar.lz4.md5");
        download.require(store.address("/other/img.tar.lz4"), 7, MD5);
    }

    @Test
    void anImageThatIsNotThereIsTold() {
        FaultException fault = faultOf(store.address("/nowhere.lz4"));

        assertThat(fault).message().matches("Nobody could fetch http://.*/nowhere.lz4: .* answered 404\\.");
        assertThat(fault.remedy().orElseThrow()).contains("public under that URL");
    }

    @Test
    void anImageOfAnotherSizeIsAnotherOne() {
        store.put("/img.tar.lz4", "another tarball");

        assertThat(faultOf(url)).message().isEqualTo(url + " is another image: it has 15 bytes instead of 7.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", MD5 + "\n", "0123  img.tar.lz4", "ffffffffffffffffffffffffffffffff  img.tar.lz4"})
    void anImageOfAnotherChecksumIsAnotherOne(String checksum) {
        store.put("/img.tar.lz4.md5", checksum);

        assertThat(faultOf(url)).message().contains("its .md5 says").endsWith("instead of " + MD5 + ".");
    }

    @Test
    void aChecksumWithoutEndIsRefused() {
        store.put("/img.tar.lz4.md5", MD5.repeat(1000));

        assertThat(faultOf(url)).message().endsWith("sends more than 4096 bytes.");
    }
}
