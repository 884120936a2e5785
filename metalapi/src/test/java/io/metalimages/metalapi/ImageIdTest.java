package io.metalimages.metalapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.metalimages.common.FaultException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ImageIdTest {

    private static final LocalDate DAY = LocalDate.of(2023, 7, 10);
    private static final int ROUNDS = 2000;

    private static void withRandom(Consumer<Random> property) {
        for (long seed = 0; seed < ROUNDS; seed++) {
            try {
                property.accept(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("With seed " + seed + ": " + e.getMessage(), e);
            }
        }
    }

    private static String anyOf(Random random, String... texts) {
        return texts[random.nextInt(texts.length)];
    }

    private static LocalDate anyDay(Random random) {
        return LocalDate.of(2020, 1, 1).plusDays(random.nextInt(3000));
    }

    private static ImageId anyId(Random random) {
        String version = random.nextInt(4)
                + anyOf(random, "", ".0", ".1", ".04", ".4", ".10")
                + anyOf(random, ".0", ".7", ".20230710", ".20230711", ".20240101", ".20230710+build.1");
        return ImageId.find(anyOf(random, "debian", "debian-nvidia", "firewall", "firewall-ubuntu") + "-" + version)
                .orElseGet(() -> anyId(random));
    }

    @ParameterizedTest
    @CsvSource({
        "debian,12,debian-12.0.20230710",
        "debian,13,debian-13.0.20230710",
        "ubuntu,22.04,ubuntu-22.4.20230710",
        "ubuntu,24.10,ubuntu-24.10.20230710",
        "some,007.00,some-7.0.20230710",
        "firewall,3.0-ubuntu,firewall-ubuntu-3.0.20230710",
        "firewall,3-debian,firewall-debian-3.0.20230710",
        "debian-nvidia,12,debian-nvidia-12.0.20230710",
        "almalinux,9,almalinux-9.0.20230710",
        "centos,7.0,centos-7.0.20230710",
    })
    void aReleasedImageHasAnId(String os, String version, String id) {
        ImageId made = ImageId.ofRelease(os, version, DAY);

        assertThat(made).hasToString(id).isEqualTo(ImageId.parse(id));
        assertThat(made.day()).contains(DAY);
        assertThat(made.isReleaseOf(os, version)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "ubuntu-22.4.20230710, ubuntu-22.04.20230710, true",
        "ubuntu-22.4.20230710, ubuntu-22.04.20230711, false",
        "ubuntu-22.4.20230710, debian-22.04.20230710, false",
    })
    void theSameImageIsFoundByItsNumbers(String one, String other, boolean same) {
        assertThat(ImageId.parse(one).isSameImage(ImageId.parse(other))).isEqualTo(same);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bookworm", "12.1.3", "v12", "12-", ".4", "12.", "-ubuntu", "12 ", "12.1.3-ubuntu"})
    void aVersionThatLeavesNoRoomForTheDayHasNone(String version) {
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> ImageId.ofRelease("debian", version, DAY))
                .withMessage("debian/" + version + " cannot have an id in metal-api: an id is OS-MAJOR.MINOR.DAY.");
        assertThat(ImageId.parse("debian-12.1.20230710").isReleaseOf("debian", version))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "ubuntu-19.4,ubuntu,19,4,0",
        "ubuntu-19.04,ubuntu,19,4,0",
        "ubuntu-007.008.009,ubuntu,7,8,9",
        "ubuntu-small-19.4.20200408,ubuntu-small,19,4,20200408",
        "a-b-c-d-1,a-b-c-d,1,0,0",
        "-ubuntu-19.4,-ubuntu,19,4,0",
        "-1,'',1,0,0",
        "debian-v12.0.20230710,debian,12,0,20230710",
        "debian-12.0.20230710+rebuilt.2,debian,12,0,20230710",
        "debian-18446744073709551615,debian,18446744073709551615,0,0",
    })
    void anIdIsTakenApartAtItsLastHyphen(String text, String os, String major, String minor, String patch) {
        ImageId id = ImageId.parse(text);

        assertThat(id.os()).isEqualTo(os);
        assertThat(Long.toUnsignedString(id.version().major())).isEqualTo(major);
        assertThat(Long.toUnsignedString(id.version().minor())).isEqualTo(minor);
        assertThat(Long.toUnsignedString(id.version().patch())).isEqualTo(patch);
        assertThat(id).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "debian",
                "debian-",
                "debian-bookworm",
                "debian-12.",
                "debian-12..1",
                "debian-12.0.1.2",
                "debian-12.0.20230710-beta",
                "debian-12.x",
                "debian-~12",
                "debian-12 ",
                "debian-12\n",
                "debian-+1",
                "debian-12+",
                "debian-12+a..b",
                "debian-\u0661\u0662",
                "debian-18446744073709551616",
                "debian-12.0.99999999999999999999999",
            })
    void whatEndsInNoVersionIsNoId(String text) {
        assertThat(ImageId.find(text)).isEmpty();
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> ImageId.parse(text))
                .withMessage("\"" + text + "\" is no id of an image.");
    }

    @ParameterizedTest
    @ValueSource(strings = {"debian-12", "debian-12.0.7", "debian-12.0.20230229", "debian-12.0.120230710"})
    void aPatchThatIsNoDayIsNoRelease(String id) {
        assertThat(ImageId.parse(id).day()).isEmpty();
        assertThat(ImageId.parse(id).isReleaseOf("debian", "12")).isFalse();
    }

    /** What is asked for, what there is, and which of them one gets. */
    @ParameterizedTest
    @CsvSource({
        // No patch: the newest of this major and minor version.
        "debian-12, debian-12.0.20230710 debian-12.0.20230801 debian-12.0.20230101, debian-12.0.20230801",
        "debian-12.0, debian-12.0.20230710 debian-12.0.20230801, debian-12.0.20230801",
        "debian-12, debian-12.1.20230710, ''",
        "debian-12, debian-11.0.20230710 debian-13.0.20230710, ''",
        "alpine-3.9, alpine-3.10.20191012 alpine-3.9.20191012 alpine-3.9, alpine-3.9.20191012",
        "ubuntu-19.10, ubuntu-20.4.20200502 ubuntu-19.10 ubuntu-19.4, ubuntu-19.10",
        // The number counts, not how it is written.
        "ubuntu-22.04, ubuntu-22.4.20230710 ubuntu-22.04.20230711, ubuntu-22.04.20230711",
        "ubuntu-22.4, ubuntu-22.04.20230711, ubuntu-22.04.20230711",
        "debian-12, debian-12.0.20230710 debian-12.0.100000000, debian-12.0.100000000",
        // A patch: that one or none.
        "debian-12.0.20230710, debian-12.0.20230710 debian-12.0.20230801, debian-12.0.20230710",
        "ubuntu-22.04.20230710, ubuntu-22.4.20230710, ubuntu-22.4.20230710",
        "debian-12.0.2023, debian-12.0.20230710, ''",
        // The os has to be the same.
        "firewall-2, firewall-ubuntu-2.0.20200331 firewall-2.0.20200331, firewall-2.0.20200331",
        "firewall-ubuntu-2, firewall-2.0.20200331 firewall-ubuntu-2.0.20200331, firewall-ubuntu-2.0.20200331",
        "Debian-12, debian-12.0.20230710, ''",
        // What is no id is never got.
        "debian-12, debian debian-bookworm debian-12.0.20230710, debian-12.0.20230710",
        // Semver's oddity: ~0.0 is everything.
        "debian-0, debian-12.0.20230710 debian-13.0.20230710, debian-13.0.20230710",
        "debian-0.1, debian-12.0.20230710, ''",
        // Of equals the first one.
        "ubuntu-22.04, ubuntu-22.4.20230710 ubuntu-22.04.20230710, ubuntu-22.4.20230710",
    })
    void theMostRecentOneIsFoundAsMetalApiDoes(String asked, String images, String expected) {
        assertThat(ImageId.parse(asked).mostRecent(Arrays.asList(images.split(" ")), ImageId::find))
                .isEqualTo(expected.isEmpty() ? Optional.empty() : Optional.of(expected));
    }

    @Test
    void anIdSaysWhatItIsMadeOf() {
        withRandom(random -> {
            String os = anyOf(random, "debian", "debian-nvidia", "firewall", "a.b_c-1", "x-12.0.20230710");
            String version = random.nextInt(40) + anyOf(random, "", ".0", ".04", ".10", ".4-ubuntu", "-a-b-3");
            LocalDate day = anyDay(random);

            ImageId id = ImageId.ofRelease(os, version, day);

            assertThat(ImageId.parse(id.toString())).isEqualTo(id);
            assertThat(id.day()).contains(day);
            assertThat(id.isReleaseOf(os, version)).isTrue();
            assertThat(id.isReleaseOf(os + "x", version)).isFalse();
            assertThat(id.isReleaseOf(os, "9" + version)).isFalse();
        });
    }

    @Test
    void theMostRecentOneIsNoneOfTheOlder() {
        withRandom(random -> {
            List<ImageId> images = new ArrayList<>();
            for (int count = random.nextInt(12); count > 0; count--) {
                images.add(anyId(random));
            }
            ImageId asked = anyId(random);
            if (random.nextBoolean()) {
                asked = asked.withoutPatch();
            }

            Optional<ImageId> found = asked.mostRecent(images, Optional::of);

            List<ImageId> accepted = images.stream().filter(asked::accepts).toList();
            assertThat(found.isPresent()).isEqualTo(!accepted.isEmpty());
            found.ifPresent(image -> {
                assertThat(accepted).contains(image);
                assertThat(accepted)
                        .allSatisfy(
                                other -> assertThat(ImageVersion.BY_NUMBERS.compare(image.version(), other.version()))
                                        .isNotNegative());
            });
            Collections.shuffle(images, random);
            assertThat(asked.mostRecent(images, Optional::of).map(image -> numbers(image)))
                    .isEqualTo(found.map(image -> numbers(image)));
        });
    }

    private static List<Long> numbers(ImageId id) {
        return List.of(id.version().major(), id.version().minor(), id.version().patch());
    }

    @Test
    void aNewReleaseIsTheMostRecentAndAnOldOneIsNot() {
        withRandom(random -> {
            String version = anyOf(random, "12", "22.04", "3.0-ubuntu");
            List<ImageId> images = new ArrayList<>();
            LocalDate newest = anyDay(random);
            images.add(ImageId.ofRelease("some", version, newest));
            for (int count = random.nextInt(8); count > 0; count--) {
                images.add(
                        random.nextInt(images.size() + 1),
                        ImageId.ofRelease("some", version, newest.minusDays(1 + random.nextInt(900))));
                images.add(anyId(random));
            }
            ImageId asked = ImageId.ofRelease("some", version, newest).withoutPatch();

            assertThat(asked.mostRecent(images, Optional::of)).contains(ImageId.ofRelease("some", version, newest));

            ImageId next = ImageId.ofRelease("some", version, newest.plusDays(1 + random.nextInt(900)));
            images.add(random.nextInt(images.size()), next);
            assertThat(asked.mostRecent(images, Optional::of)).contains(next);
        });
    }

    @ParameterizedTest
    @CsvSource({
        "debian-12.0.20230710,debian-12",
        "ubuntu-22.04.20230710,ubuntu-22.04",
        "firewall-ubuntu-3.0.20230710,firewall-ubuntu-3",
        "alpine-v3.10.7+a,alpine-3.10",
        "debian-12,debian-12",
    })
    void theMostRecentOneIsAskedForWithoutThePatch(String id, String asked) {
        assertThat(ImageId.parse(id).withoutPatch()).hasToString(asked);
    }

    @Test
    void theFeatureFollowsFromTheOs() {
        assertThat(Feature.ofOs("firewall")).isEqualTo(Feature.FIREWALL);
        assertThat(Feature.ofOs("firewall-ubuntu")).isEqualTo(Feature.FIREWALL);
        assertThat(Feature.ofOs("firewalld")).isEqualTo(Feature.MACHINE);
        assertThat(Feature.ofOs("debian")).isEqualTo(Feature.MACHINE);
    }
}
