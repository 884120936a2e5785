package io.metalimages.artifact.diff;

import static io.metalimages.artifact.SampleImage.good;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.SampleImage;
import io.metalimages.artifact.tar.TarScanner;
import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageComparisonTest {

    @TempDir
    private Path directory;

    private ImageDifference compare(SampleImage older, SampleImage newer) throws IOException, InterruptedException {
        return new ImageComparison()
                .compare(
                        older.write(directory.resolve("older")),
                        newer.write(directory.resolve("newer")),
                        CheckProgress.SILENT);
    }

    @Test
    void equalImagesDoNotDiffer() throws Exception {
        ImageDifference difference = compare(good(), good());
        assertThat(difference.isEmpty()).isTrue();
        assertThat(difference.changed()).isEmpty();
        assertThat(difference.growth(9)).isEmpty();
        assertThat(difference.packages())
                .hasValueSatisfying(packages -> assertThat(packages.isEmpty()).isTrue());
    }

    @Test
    void filesThatOneImageHasAreTold() throws Exception {
        ImageDifference difference =
                compare(good().file("usr/bin/old", "old", 0755), good().file("usr/bin/new", "newer", 04755));
        assertThat(difference.isEmpty()).isFalse();
        assertThat(difference.removed().keySet()).containsExactly("usr/bin/old");
        assertThat(difference.added().keySet()).containsExactly("usr/bin/new");
        assertThat(difference.added()).hasEntrySatisfying("usr/bin/new", added -> {
            assertThat(added.mode()).isEqualTo(04755);
            assertThat(added.bytes()).isEqualTo(5);
            assertThat(added.content()).contains(Digest.of("newer"));
        });
    }

    private void assertChanged(SampleImage older, SampleImage newer, FileChange.Aspect... aspects) throws Exception {
        ImageDifference difference = compare(older, newer);
        assertThat(difference.changed().keySet()).containsExactly("etc/file");
        assertThat(difference.changed())
                .hasEntrySatisfying(
                        "etc/file", change -> assertThat(change.aspects()).containsExactly(aspects));
        assertThat(difference.added()).isEmpty();
        assertThat(difference.removed()).isEmpty();
        assertThat(difference.isEmpty()).isFalse();
    }

    @Test
    void eachAspectIsTold() throws Exception {
        SortedMap<String, byte[]> capability = new TreeMap<>(Map.of("security.capability", new byte[] {1, 0, 2}));
        SortedMap<String, byte[]> none = new TreeMap<>();
        SampleImage plain = good().file("etc/file", "content", 0644);
        assertChanged(plain, good().file("etc/file", "CONTENT", 0644), FileChange.Aspect.CONTENT);
        assertChanged(plain, good().file("etc/file", "content", 0600), FileChange.Aspect.MODE);
        assertChanged(plain, good().file("etc/file", "content", 0644, 88, 0, none), FileChange.Aspect.OWNER);
        assertChanged(plain, good().file("etc/file", "content", 0644, 0, 77, none), FileChange.Aspect.OWNER);
        assertChanged(plain, good().file("etc/file", "content", 0644, 0, 0, capability), FileChange.Aspect.ATTRIBUTES);
        assertChanged(
                plain,
                good().symbolicLink("etc/file", "passwd"),
                FileChange.Aspect.KIND,
                FileChange.Aspect.CONTENT,
                FileChange.Aspect.TARGET);
        assertChanged(
                good().symbolicLink("etc/file", "group"),
                good().symbolicLink("etc/file", "passwd"),
                FileChange.Aspect.TARGET);
        assertChanged(
                good().directory("etc/file", 0755, 0, 0),
                good().directory("etc/file", 0700, 0, 0),
                FileChange.Aspect.MODE);
    }

    @Test
    void furtherNameOfAFileHasItsContent() throws Exception {
        ImageDifference difference = compare(
                good().file("usr/bin/first", "one", 0755).hardLink("usr/bin/second", "usr/bin/first"),
                good().file("usr/bin/first", "two!", 0755).hardLink("usr/bin/second", "usr/bin/first"));
        assertThat(difference.changed().keySet()).containsExactly("usr/bin/first", "usr/bin/second");
        assertThat(difference.total().bytes())
                .as("counted once, whatever its names")
                .isEqualTo(1);
    }

    @Test
    void largeContentsAreComparedToo() throws Exception {
        String large = "0123456789abcdef".repeat((TarScanner.LARGEST_CONTENT >> 4) + 1);
        ImageDifference difference =
                compare(good().file("boot/large", large + "x", 0644), good().file("boot/large", large + "y", 0644));
        assertThat(difference.changed()).containsOnlyKeys("boot/large");
        assertThat(difference.changed())
                .hasEntrySatisfying(
                        "boot/large",
                        change -> assertThat(change.newer().content()).contains(Digest.of(large + "y")));
    }

    @Test
    void growthIsToldByDirectory() throws Exception {
        ImageDifference difference = compare(
                good().file("usr/lib/one/a", "12345", 0644).file("top", "1", 0644),
                good().file("usr/lib/two/b", "123", 0644)
                        .file("usr/lib/c", "1", 0644)
                        .file("top", "123", 0644));
        assertThat(difference.growth(1))
                .containsExactly(new ImageDifference.Growth("", 1 + 10, 3 + 10), growth(difference, "usr", 1, -1));
        assertThat(difference.growth(3))
                .extracting(ImageDifference.Growth::directory, ImageDifference.Growth::bytes)
                .containsExactly(
                        tuple("usr/lib/one", -5L), tuple("usr/lib/two", 3L), tuple("", 2L), tuple("usr/lib", 1L));
        assertThat(difference.total().bytes()).isEqualTo(1);
    }

    private static ImageDifference.Growth growth(
            ImageDifference difference, String directory, int depth, long expected) {
        ImageDifference.Growth growth = difference.growth(depth).stream()
                .filter(each -> each.directory().equals(directory))
                .findFirst()
                .orElseThrow();
        assertThat(growth.bytes()).isEqualTo(expected);
        return growth;
    }

    @Test
    void packagesAreLeftOutWhereThereIsNoList() throws Exception {
        ArtifactLocation older = good().write(directory.resolve("older"));
        ArtifactLocation newer = good().write(directory.resolve("newer"));
        Files.delete(older.packages());
        ImageDifference difference = new ImageComparison().compare(older, newer, CheckProgress.SILENT);
        assertThat(difference.packages()).isEmpty();
        assertThat(difference.isEmpty()).isTrue();
    }

    @Test
    void damagedImagesAreNotCompared() throws Exception {
        for (String damaged : new String[] {"older", "newer"}) {
            ArtifactLocation older = good().write(directory.resolve("older"));
            ArtifactLocation newer = good().write(directory.resolve("newer"));
            Path tarball = directory.resolve(damaged).resolve("img.tar.lz4");
            byte[] bytes = Files.readAllBytes(tarball);
            bytes[bytes.length / 2] ^= 1;
            Files.write(tarball, bytes);
            assertThatThrownBy(() -> new ImageComparison().compare(older, newer, CheckProgress.SILENT))
                    .isInstanceOf(FaultException.class)
                    .hasMessageStartingWith(tarball + " is damaged: ");
        }
    }
}
