package io.metalimages.artifact.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.ExtendedAttributes;
import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerTarTest {

    private static final Instant DATE = Instant.ofEpochSecond(1_000_000_000);

    @TempDir
    private Path directory;

    private Path layer;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("make devices");
        layer = Files.createDirectory(directory.resolve("layer"));
    }

    private byte[] written() throws Exception {
        ByteArrayOutputStream tar = new ByteArrayOutputStream();
        LayerTar.write(layer, ModificationTimes.notAfter(DATE), tar);
        return tar.toByteArray();
    }

    /** As GNU tar sees it. */
    private List<String> listed(String... options) throws Exception {
        Path tar = Files.write(directory.resolve("tar"), written());
        String[] command = new String[options.length + 3];
        command[0] = "tar";
        System.arraycopy(options, 0, command, 1, options.length);
        command[options.length + 1] = "-tf";
        command[options.length + 2] = tar.toString();
        return Command.run(Map.of("LC_ALL", "C", "TZ", "UTC"), List.of(command)).lines();
    }

    @Test
    void tellsWhatIsGone() throws Exception {
        Files.createDirectories(layer.resolve("etc"));
        Command.succeed("mknod", layer.resolve("etc/old").toString(), "c", "0", "0");
        Files.createDirectory(layer.resolve("var"));
        Files.writeString(layer.resolve("var/new"), "new");
        ExtendedAttributes.write(layer.resolve("var"), "trusted.overlay.opaque", new byte[] {'y'});

        assertThat(listed()).containsExactly("etc/", "etc/.wh.old", "var/", "var/.wh..wh..opq", "var/new");
        assertThat(new String(written(), StandardCharsets.ISO_8859_1)).doesNotContain("trusted.overlay");
    }

    @Test
    void holdsEveryKindOfFile() throws Exception {
        Files.writeString(layer.resolve("file"), "content");
        Files.createLink(layer.resolve("other"), layer.resolve("file"));
        Files.createSymbolicLink(layer.resolve("link"), Path.of("file"));
        Command.succeed("mknod", layer.resolve("block").toString(), "b", "8", "300");
        Command.succeed("mknod", layer.resolve("character").toString(), "c", "5", "1");
        Command.succeed("mkfifo", layer.resolve("pipe").toString());
        Command.succeed("sh", "-c", "printf x >\"$0/$(printf 'caf\\351')\"", layer.toString());
        Command.succeed("chmod", "4755", layer.resolve("file").toString());

        List<String> lines = listed("--verbose", "--numeric-owner");
        assertThat(lines.get(0)).startsWith("brw-r--r-- 0/0").contains("8,300 2001-09-09 01:46 block");
        assertThat(lines.get(1)).contains(" caf\\351");
        assertThat(lines.get(2)).startsWith("crw-r--r-- 0/0").contains("5,1 2001-09-09 01:46 character");
        assertThat(lines.get(3)).startsWith("-rwsr-xr-x 0/0").contains(" 7 2001-09-09 01:46 file");
        assertThat(lines.get(4)).startsWith("lrwxrwxrwx 0/0").endsWith("link -> file");
        assertThat(lines.get(5)).startsWith("hrw").endsWith("other link to file");
        assertThat(lines.get(6)).startsWith("prw-r--r-- 0/0").endsWith("pipe");
        assertThat(written()).isEqualTo(written());
    }

    @Test
    void refusesNamesThatWouldSayThatSomethingIsGone() throws Exception {
        Files.writeString(layer.resolve(".wh.file"), "");
        assertThatThrownBy(this::written).isInstanceOf(FaultException.class).hasMessageContaining("/.wh.file");
    }
}
