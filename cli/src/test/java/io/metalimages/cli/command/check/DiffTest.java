package io.metalimages.cli.command.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.TinyImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Compares small artifacts in processes of their own. */
final class DiffTest {

    private static final String LIST = """
            +++-==============-============-============-===========
            ii  always         1            amd64        the same
            """;

    @TempDir
    private Path directory;

    private Program program;
    private TinyImage tiny;

    @BeforeEach
    void prepare() throws Exception {
        program = new Program(directory, Map.of());
        tiny = new TinyImage(directory);
        tiny.file("etc/motd", "welcome\n");
        export("1", "ii  frr 8 amd64 routes\nii  old 1 amd64 goes\n");
    }

    private void export(String version, String packages) throws Exception {
        Path image = program.images().resolve("tiny").resolve(version);
        tiny.exportTo(image);
        Files.writeString(image.resolve("packages.txt"), LIST + packages);
    }

    @Test
    void equalImagesAreTheSameToAMachine() throws Exception {
        export("2", "ii  frr 8 amd64 routes\nii  old 1 amd64 goes\n");
        Program.Run run = program.run("diff", "tiny/1", "tiny/2", "--exit-code");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output()).contains("tiny/1 → tiny/2\n").contains("A machine gets the same from both.");
        assertThat(program.run("diff", "tiny/1", "tiny/2", "--quiet").output()).isEmpty();
    }

    private void change() throws Exception {
        tiny.file("etc/motd", "welcome back\n");
        Files.setAttribute(tiny.root().resolve("etc/motd"), "unix:mode", 0100600);
        tiny.file("opt/new/one", "1");
        tiny.file("opt/new/more/two", "2");
        tiny.file("opt/new-er", "3");
        Files.delete(tiny.root().resolve("usr/lib/modules/" + TinyImage.KERNEL + "/modules.dep"));
        export("2", "ii  frr 10 amd64 routes\nii  new 1 amd64 comes\n");
    }

    @Test
    void differencesAreTold() throws Exception {
        change();
        Program.Run run = program.run("diff", "tiny/1", "tiny/2");
        assertThat(run.exitCode()).as(run.errors()).isZero();
        assertThat(run.output())
                .contains("  Packages  1 added, 1 removed, 1 in another version\n")
                .contains("    + new  1\n    - old  1\n      frr  8 → 10\n")
                .contains("  Size  ")
                .contains("        +5 B  /etc\n")
                .contains("  Rights  1 file\n      /etc/motd  mode 0644 → 0600\n")
                .contains("    + /opt/  with 5 files\n")
                .contains("    - /usr/lib/modules/" + TinyImage.KERNEL + "/modules.dep\n")
                .contains("      /etc/motd  8 B → 13 B\n");
    }

    @Test
    void differencesFailOnlyIfTheyAreToFail() throws Exception {
        change();
        Program.Run run = program.run("diff", "tiny/1", "tiny/2", "--exit-code", "--quiet");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.output().lines())
                .contains("+ /opt/new/more/two", "~ /etc/motd")
                .doesNotContain("~ /etc");
    }

    @Test
    void programsAreToldAll() throws Exception {
        change();
        JsonNode json = JsonMapper.shared()
                .readTree(program.run("diff", "tiny/1", "tiny/2", "--json", "--depth", "1")
                        .output());
        assertThat(json.path("differs").asBoolean()).isTrue();
        assertThat(json.at("/packages/changed/frr/to").asString()).isEqualTo("10");
        assertThat(json.path("added").propertyNames()).contains("/opt", "/opt/new/more/two");
        JsonNode motd = json.path("changed").path("/etc/motd");
        assertThat(motd.path("aspects").toString()).contains("CONTENT", "MODE");
        assertThat(motd.at("/newer/mode").asString()).isEqualTo("0600");
        assertThat(json.at("/directories").findValuesAsString("directory")).contains("/opt", "/etc");
    }

    @Test
    void hostileNamesDoNotReachTheTerminal() throws Exception {
        tiny.file("etc/evil\u001b[2Jname", "x");
        export("2", "");
        String output = program.run("diff", "tiny/1", "tiny/2").output();
        assertThat(output).contains("+ /etc/evilname\n").doesNotContain("\u001b");
    }

    @Test
    void whatCannotBeComparedIsSaid() throws Exception {
        Program.Run missing = program.run("diff", "tiny/1", "tiny/3");
        assertThat(missing.exitCode()).isEqualTo(2);
        assertThat(missing.errors()).contains("There is no image tiny/3");
        assertThat(program.run("diff", "tiny/1").exitCode()).isEqualTo(2);
        assertThat(program.run("diff", "tiny/1", "tiny/1", "--depth", "0").exitCode())
                .isEqualTo(2);
        Files.delete(program.images().resolve("tiny/1/packages.txt"));
        tiny.file("etc/motd", "other\n");
        export("2", "");
        assertThat(program.run("diff", "tiny/1", "tiny/2").output())
                .contains("Packages  not compared: one of the images has no packages.txt");
    }
}
