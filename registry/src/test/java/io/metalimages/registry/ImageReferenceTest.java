package io.metalimages.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageReferenceTest {

    private static final String HEX = "0123456789abcdef".repeat(4);
    private static final int ROUNDS = 5000;

    @Test
    void partsAreTold() {
        ImageReference image = ImageReference.parse("Quay.io:8443/metalstack/debian:12-stable@sha256:" + HEX);
        assertThat(image.registry()).isEqualTo("quay.io:8443");
        assertThat(image.repository()).isEqualTo("metalstack/debian");
        assertThat(image.tag()).contains("12-stable");
        assertThat(image.digest()).contains(new Digest(HEX));
        assertThat(image.at(new Digest("f".repeat(64))).toString())
                .isEqualTo("quay.io:8443/metalstack/debian@sha256:" + "f".repeat(64));
        assertThat(ImageReference.parse("[::1]:5000/a").withTag("b")).hasToString("[::1]:5000/a:b");
    }

    @ParameterizedTest
    @CsvSource({
        "debian, docker.io/library/debian",
        "debian:12, docker.io/library/debian:12",
        "docker.io/debian:12, docker.io/library/debian:12",
        "docker.io/library/debian:12, docker.io/library/debian:12",
        "library/debian:12, docker.io/library/debian:12",
        "metalstack/debian:12, docker.io/metalstack/debian:12",
        "localhost/debian, localhost/debian",
        "localhost:5000/debian, localhost:5000/debian",
        "quay.io/metalstack/debian:12, quay.io/metalstack/debian:12"
    })
    void namesInDockerfilesAreReadAsDockerReadsThem(String familiar, String whole) {
        ImageReference image = ImageReference.parseFamiliar(familiar);
        assertThat(image).hasToString(whole).isEqualTo(ImageReference.parse(whole));
        assertThat(image.isFamiliar("debian")).isEqualTo(whole.startsWith("docker.io/library/debian"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "Debian", "debian:", "debian@sha256:0123", "docker.io/", ":12", "a//b"})
    void whatIsNoNameInADockerfileIsRefused(String text) {
        assertThatThrownBy(() -> ImageReference.parseFamiliar(text)).isInstanceOf(FaultException.class);
    }

    /** What is put together of right parts is understood as these parts, and written as it was. */
    @Test
    void whatIsWrittenIsReadAgain() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            String registry =
                    pick(random, "quay.io", "localhost", "localhost:5000", "127.0.0.1:1", "[::1]:65535", "a-b.c1:80");
            String repository = IntStream.rangeClosed(0, random.nextInt(4))
                    .mapToObj(component -> component(random))
                    .collect(Collectors.joining("/"));
            Optional<String> tag = random.nextBoolean() ? Optional.empty() : Optional.of(tag(random));
            Optional<Digest> digest =
                    random.nextBoolean() ? Optional.empty() : Optional.of(Digest.of(Long.toString(random.nextLong())));
            ImageReference image = new ImageReference(registry, repository, tag, digest);
            assertThat(ImageReference.parse(image.toString()))
                    .as("seed %d", seed)
                    .isEqualTo(image);
        }
    }

    /** One wrong character in any place is either refused, or gives another name that is right. */
    @Test
    void whatIsRefusedIsRefusedWithReasonAndWhatIsTakenIsItself() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String right = "localhost:5000/metalstack/debian_x--y:12.stable@sha256:" + HEX;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            char wrong = "aZ9./:@-_ \n\0é[]%?#&\\".charAt(random.nextInt(20));
            int place = random.nextInt(right.length());
            String text = right.substring(0, place) + wrong + right.substring(place + (random.nextBoolean() ? 1 : 0));
            try {
                assertThat(ImageReference.parse(text).toString())
                        .as("seed %d, %s", seed, text)
                        .isEqualToIgnoringCase(text);
            } catch (FaultException e) {
                refused++;
                assertThat(e.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
                assertThat(e.remedy()).isPresent();
            }
        }
        assertThat(refused).isBetween(ROUNDS / 4, ROUNDS - 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "debian",
                "debian:12",
                "metalstack/debian",
                "quay.io/",
                "quay.io/Debian",
                "quay.io//debian",
                "quay.io/debian/",
                "quay.io/../debian",
                "quay.io/a..b",
                "quay.io/a___b",
                "quay.io/debian:",
                "quay.io/debian:-x",
                "quay.io/debian:a:b",
                "quay.io/debian@sha256:abc",
                "quay.io/debian@sha512:0123",
                "quay.io/debian@",
                "quay.io:0/debian",
                "quay.io:65536/debian",
                "quay.io:/debian",
                "-quay.io/debian",
                "user:password@quay.io/debian",
                "https://quay.io/debian",
                "[::1/debian"
            })
    void wrongNamesAreRefused(String text) {
        assertThatThrownBy(() -> ImageReference.parse(text)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault.remedy()).isPresent();
        });
    }

    @Test
    void namesWithoutEndAreRefused() {
        for (String text : List.of(
                "quay.io/" + "a".repeat(100_000),
                "quay.io/" + "a/".repeat(500_000) + "a",
                "quay.io/a:" + "t".repeat(129),
                "a.".repeat(500_000) + "b/c")) {
            assertThatThrownBy(() -> ImageReference.parse(text)).isInstanceOf(FaultException.class);
        }
    }

    private static String pick(Random random, String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static String text(Random random, String alphabet, int longest) {
        return random.ints(1 + random.nextInt(longest), 0, alphabet.length())
                .mapToObj(index -> alphabet.substring(index, index + 1))
                .collect(Collectors.joining());
    }

    private static String component(Random random) {
        String alphabet = "abcxyz0189";
        StringBuilder component = new StringBuilder(text(random, alphabet, 8));
        for (int part = random.nextInt(3); part > 0; part--) {
            component.append(pick(random, ".", "_", "__", "-", "---")).append(text(random, alphabet, 8));
        }
        return component.toString();
    }

    private static String tag(Random random) {
        return text(random, "aZ_09", 1) + text(random, "aZ_09.-", 127);
    }
}
