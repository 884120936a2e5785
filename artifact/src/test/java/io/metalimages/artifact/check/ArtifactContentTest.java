package io.metalimages.artifact.check;

import static io.metalimages.artifact.SampleImage.frame;
import static io.metalimages.artifact.SampleImage.good;
import static io.metalimages.artifact.SampleImage.joined;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.artifact.CheckProgress;
import io.metalimages.artifact.SampleImage;
import io.metalimages.artifact.SampleTree;
import io.metalimages.artifact.export.ArtifactExporter;
import io.metalimages.artifact.export.ExportOptions;
import io.metalimages.artifact.export.ExportProgress;
import io.metalimages.artifact.lz4.BlockCache;
import io.metalimages.common.FaultException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArtifactContentTest {

    @TempDir
    private Path directory;

    private final ArtifactContent content = new ArtifactContent();

    @Test
    void tarComesOutAsItWentIn() throws Exception {
        ArtifactLocation location = good().write(directory);
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        ArtifactContent.Summary summary = content.writeTar(location, tar, CheckProgress.SILENT);
        assertThat(tar.toByteArray()).isEqualTo(good().tar());
        assertThat(summary.newest()).isEqualTo(Instant.EPOCH);
        assertThat(summary.architecture()).isEmpty();
    }

    @Test
    void timeAndArchitectureAreThoseOfTheFiles() throws Exception {
        SampleTree tree = new SampleTree(directory.resolve("tree"));
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path program = tree.file("usr/bin/java", Files.readAllBytes(java));
        Files.setAttribute(program, "unix:mode", 0100755);
        tree.file("etc/shadowed", Files.readAllBytes(java)); // no program, whatever its content
        new ArtifactExporter(new ExportOptions(SampleTree.TIMES, new BlockCache(directory.resolve("blocks"))))
                .export(tree.root(), directory, ExportProgress.SILENT);
        ArtifactContent.Summary summary =
                content.writeTar(ArtifactLocation.in(directory), OutputStream.nullOutputStream(), CheckProgress.SILENT);
        assertThat(summary.newest()).isEqualTo(SampleTree.EPOCH);
        assertThat(summary.architecture()).contains(System.getProperty("os.arch"));
    }

    private void assertDamaged(SampleImage image, String reason) throws IOException {
        assertDamaged(image.write(directory), reason);
    }

    private void assertDamaged(ArtifactLocation location, String reason) {
        assertThatThrownBy(() -> content.writeTar(location, OutputStream.nullOutputStream(), CheckProgress.SILENT))
                .isInstanceOfSatisfying(FaultException.class, fault -> {
                    assertThat(fault.category()).isEqualTo(FaultException.Category.FAILED_WORK);
                    assertThat(fault.getMessage())
                            .startsWith(location.tarball() + " is damaged: ")
                            .contains(reason);
                    assertThat(fault.remedy())
                            .contains("See what else is wrong: metal-images check " + location.tarball());
                });
    }

    @Test
    void damagedArtifactsAreRefused() throws Exception {
        UnaryOperator<byte[]> whole = plain -> frame(plain, 0x64, 0x70);
        assertDamaged(good().framed(plain -> Arrays.copyOf(whole.apply(plain), 1000)), "The file ends");
        assertDamaged(good().framed(plain -> flipped(whole.apply(plain), whole.apply(plain).length - 1)), "checksum");
        assertDamaged(good().framed(plain -> joined(whole.apply(plain), whole.apply(plain))), "first frame ends");
        assertDamaged(good().framed(plain -> whole.apply(Arrays.copyOf(plain, 1000))), "The tar in it has no end.");
        assertDamaged(good().framed(plain -> new byte[0]), "The file is empty.");
        ArtifactLocation location = good().write(directory);
        Files.writeString(location.sha256File(), "0".repeat(64) + "  img.tar.lz4\n");
        assertDamaged(location, "It says 000");
        Files.delete(location.sha256File());
        content.writeTar(location, OutputStream.nullOutputStream(), CheckProgress.SILENT);
    }

    private static byte[] flipped(byte[] bytes, int index) {
        bytes[index] ^= 1;
        return bytes;
    }

    @Test
    void outputThatTakesNoMoreIsNoDamage() throws Exception {
        ArtifactLocation location = good().write(directory);
        OutputStream full = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        assertThatThrownBy(() -> content.writeTar(location, full, CheckProgress.SILENT))
                .isInstanceOf(IOException.class)
                .hasMessage("No space left on device");
    }
}
