package io.metalimages.cli.command.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.metalimages.cli.Program;
import io.metalimages.common.Digest;
import io.metalimages.testing.Command;
import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Builds small images by {@code docker-build}, in processes of their own. */
final class DockerBuildTest {

    private static final JsonMapper JSON = new JsonMapper();

    @TempDir
    private Path directory;

    private Program program;
    private Path context;

    @BeforeEach
    void prepare() throws Exception {
        Host.assumeRoot("build images");
        program = new Program(directory, Map.of("SOURCE_DATE_EPOCH", "1700000000"));
        context = Files.createDirectories(program.home().resolve("context"));
        Files.writeString(context.resolve("Dockerfile"), """
                ARG WORD=default
                FROM scratch AS files
                COPY one two /dir/
                FROM files
                ARG WORD
                LABEL word=$WORD
                COPY three /dir/two
                ADD gone.tar /gone/
                WORKDIR /work
                ENV A=b
                EXPOSE 80
                CMD ["/dir/one"]
                """);
        for (String name : List.of("one", "two", "three")) {
            Files.writeString(context.resolve(name), name + "\n");
        }
        Command.succeed("tar", "-cf", context.resolve("gone.tar").toString(), "-C", context.toString(), "one");
    }

    private Program.Run build(String... arguments) throws Exception {
        String[] all =
                Stream.concat(Stream.of("docker-build"), Stream.of(arguments)).toArray(String[]::new);
        Program.Run run = program.run(all);
        assertThat(run.exitCode()).as(run.errors()).isZero();
        return run;
    }

    @Test
    void archivesAreTheSameImageAgainAndAgain() throws Exception {
        build("-t", "team/tiny:1", "-t", "quay.io/team/tiny", "-o", "type=docker,dest=first.tar", "context");
        build("-t", "team/tiny:1", "-t", "quay.io/team/tiny", "-o", "type=docker,dest=second.tar", "context");
        Path archive = program.home().resolve("first.tar");
        assertThat(Digest.ofFile(archive))
                .isEqualTo(Digest.ofFile(program.home().resolve("second.tar")));

        Path image = unpacked(archive);
        JsonNode docker = JSON.readTree(image.resolve("manifest.json").toFile()).get(0);
        assertThat(docker.get("RepoTags").valueStream().map(JsonNode::asString))
                .containsExactly("team/tiny:1", "quay.io/team/tiny:latest");
        JsonNode index = JSON.readTree(image.resolve("index.json").toFile());
        assertThat(index.get("manifests").size()).isEqualTo(2);
        JsonNode manifest = blob(image, index.get("manifests").get(0).get("digest"));
        JsonNode configuration = blob(image, manifest.get("config").get("digest"));
        assertThat(docker.get("Config").asString())
                .isEqualTo("blobs/sha256/"
                        + manifest.get("config").get("digest").asString().substring(7));
        assertThat(configuration.get("created").asString()).isEqualTo("2023-11-14T22:13:20Z");
        assertThat(configuration.at("/config/Labels/word").asString()).isEqualTo("default");
        assertThat(configuration.at("/config/WorkingDir").asString()).isEqualTo("/work");
        assertThat(configuration.at("/config/Cmd/0").asString()).isEqualTo("/dir/one");
        assertThat(configuration.at("/config/ExposedPorts").has("80/tcp")).isTrue();

        // Each step with a layer has one, whose tar is the one that the configuration names.
        long withLayer = configuration
                .get("history")
                .valueStream()
                .filter(step -> !step.path("empty_layer").asBoolean(false))
                .count();
        JsonNode digests = configuration.at("/rootfs/diff_ids");
        assertThat(withLayer)
                .isEqualTo(4)
                .isEqualTo(digests.size())
                .isEqualTo(manifest.get("layers").size());
        Map<String, String> files = new HashMap<>();
        for (int layer = 0; layer < digests.size(); layer++) {
            String name =
                    manifest.get("layers").get(layer).get("digest").asString().substring(7);
            Path tar = directory.resolve("layer" + layer + ".tar");
            Command.succeed(
                    "sh",
                    "-c",
                    "gzip -dc \"$0\" >\"$1\"",
                    image.resolve("blobs/sha256/" + name).toString(),
                    tar.toString());
            assertThat("sha256:" + Digest.ofFile(tar).hex())
                    .isEqualTo(digests.get(layer).asString());
            Command.succeed("tar", "-tf", tar.toString()).lines().forEach(entry -> files.put(entry, name));
        }
        assertThat(files).containsKeys("dir/one", "dir/two", "gone/one", "work/");
    }

    private Path unpacked(Path archive) throws Exception {
        Path image = Files.createDirectories(directory.resolve("unpacked"));
        Command.succeed("tar", "-xf", archive.toString(), "-C", image.toString());
        return image;
    }

    private static JsonNode blob(Path image, JsonNode digest) throws IOException {
        Path file = image.resolve("blobs/sha256/" + digest.asString().substring(7));
        assertThat("sha256:" + Digest.ofFile(file).hex()).isEqualTo(digest.asString());
        return JSON.readTree(file.toFile());
    }

    @Test
    void otherProgramsReadTheArchive() throws Exception {
        Host.assumeInstalled("skopeo", "skopeo");
        Host.assumeInstalled("umoci", "umoci");
        build("-t", "tiny:1", "-o", "type=docker,dest=docker.tar", "-o", "type=oci,dest=oci,tar=false", "context");
        for (String source : List.of("docker-archive:docker.tar:tiny:1", "oci:oci:1")) {
            String inspected = Command.succeed(
                    "sh",
                    "-c",
                    "cd \"$0\" && skopeo inspect " + source,
                    program.home().toString());
            assertThat(JSON.readTree(inspected).at("/Labels/word").asString()).isEqualTo("default");
            Command.succeed(
                    "sh",
                    "-c",
                    "cd \"$0\" && rm -rf copied && skopeo copy -q " + source + " dir:copied",
                    program.home().toString());
        }
        Command.succeed(
                "sh",
                "-c",
                "cd \"$0\" && umoci unpack --image oci:1 bundle",
                program.home().toString());
        assertThat(program.home().resolve("bundle/rootfs/dir/two")).hasContent("three\n");
    }

    @Test
    void filesGoToADirectoryOrATarOnStandardOutput() throws Exception {
        build("--output", "files", "context");
        assertThat(program.home().resolve("files/dir/two")).hasContent("three\n");
        Process process = program.start("docker-build", "-q", "-o", "-", "context");
        assertThat(process.waitFor()).isZero();
        assertThat(Command.succeed("tar", "-tf", directory.resolve("output").toString())
                        .lines())
                .contains("dir/two", "gone/one");
    }

    @Test
    void laterBuildsStartFromNamedImages() throws Exception {
        build("-t", "localhost/team/base:1", "--label", "by=hand", "context");
        Path second = Files.createDirectories(program.home().resolve("second"));
        Files.writeString(
                second.resolve("Dockerfile"),
                "FROM localhost/team/base:1\nCOPY --from=0 /dir/one /copied\n"
                        .replace("--from=0", "--from=localhost/team/base:1"));
        build("-o", "files", "--iidfile", "id", "--metadata-file", "metadata", "second");
        assertThat(program.home().resolve("files/copied")).hasContent("one\n");
        assertThat(program.home().resolve("files/dir/two")).hasContent("three\n");
        String id = Files.readString(program.home().resolve("id"));
        assertThat(id).matches("sha256:[0-9a-f]{64}");
        JsonNode metadata = JSON.readTree(program.home().resolve("metadata").toFile());
        assertThat(metadata.get("containerimage.config.digest").asString()).isEqualTo(id);

        Program.Run json = build("--json", "-t", "localhost/team/third", "second");
        assertThat(JSON.readTree(json.output()).get("id").asString()).isEqualTo(id);
        assertThat(build("-q", "second").output().strip()).isEqualTo(id);
    }

    @Test
    void contextsComeFromStandardInputAndRepositories() throws Exception {
        Path input = directory.resolve("input");
        Files.writeString(input, "FROM scratch\nCOPY <<x /made\nyes\nx\n");
        assertThat(piped(input, "-o", "one", "-")).isZero();
        assertThat(program.home().resolve("one/made")).hasContent("yes\n");

        Command.succeed("tar", "-czf", input.toString(), "-C", context.toString(), ".");
        assertThat(piped(input, "-o", "two", "-")).isZero();
        assertThat(program.home().resolve("two/dir/two")).hasContent("three\n");

        Files.writeString(input, "FROM scratch\nCOPY one /only\n");
        assertThat(piped(input, "-o", "three", "-f", "-", "context")).isZero();
        assertThat(program.home().resolve("three/only")).hasContent("one\n");
    }

    private int piped(Path input, String... arguments) throws Exception {
        String[] all =
                Stream.concat(Stream.of("docker-build"), Stream.of(arguments)).toArray(String[]::new);
        List<String> command = new ArrayList<>(
                List.of("sh", "-c", "input=$1; shift; exec \"$@\" <\"$input\"", "sh", input.toString()));
        command.addAll(program.command(all));
        return program.start(command).waitFor();
    }

    @Test
    void checkTellsOfMistakes() throws Exception {
        Files.writeString(context.resolve("Dockerfile"), "FROM scratch AS Base\nMAINTAINER me\nCOPY $NOBODY one /\n");
        Program.Run run = program.run("docker-build", "--check", "--sarif", "lint.sarif", "context");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(1);
        assertThat(run.output())
                .contains("context/Dockerfile:1: StageNameCasing", "context/Dockerfile:2: MaintainerDeprecated")
                .contains("context/Dockerfile:3: UndefinedVar", "3 warnings found");
        assertThat(sarifFaults(Files.readString(program.home().resolve("lint.sarif"))))
                .isEmpty();
        JsonNode sarif = JSON.readTree(program.home().resolve("lint.sarif").toFile());
        assertThat(sarif.at("/runs/0/results/1/locations/0/physicalLocation/region/startLine")
                        .asInt())
                .isEqualTo(2);
        assertThat(sarif.at("/runs/0/results/1/locations/0/physicalLocation/artifactLocation/uri")
                        .asString())
                .isEqualTo("context/Dockerfile");

        JsonNode json = JSON.readTree(
                program.run("docker-build", "--check", "--json", "context").output());
        assertThat(json.get("warnings").size()).isEqualTo(3);
        // A build tells of them, and fails only if it is told to.
        assertThat(build("-o", "type=cacheonly", "context").errors()).contains("Dockerfile:2: MaintainerDeprecated: ");
        Files.writeString(context.resolve("Dockerfile"), "# check=error=true\nFROM scratch AS Base\nCOPY one /\n");
        Program.Run failing = program.run("docker-build", "context");
        assertThat(failing.exitCode()).isEqualTo(1);
        assertThat(failing.errors()).contains("StageNameCasing");
        Files.writeString(context.resolve("Dockerfile"), "FROM scratch\nCOPY one /\n");
        assertThat(build("--check", "context").output()).contains("no warnings found");
    }

    /** What SARIF's schema demands of the parts that are written. */
    private static List<String> sarifFaults(String sarif) {
        String schema = """
                {"type": "object", "required": ["version", "runs"],
                 "properties": {
                  "version": {"const": "2.1.0"}, "$schema": {"type": "string", "format": "uri"},
                  "runs": {"type": "array", "items": {"type": "object", "required": ["tool"], "additionalProperties": false,
                   "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {"type": "object", "required": ["driver"], "properties": {"driver": {
                     "type": "object", "required": ["name"], "properties": {
                      "name": {"type": "string"}, "version": {"type": "string"},
                      "rules": {"type": "array", "uniqueItems": true, "items": {"type": "object", "required": ["id"],
                       "additionalProperties": false, "properties": {
                        "id": {"type": "string"}, "name": {"type": "string"},
                        "shortDescription": {"type": "object", "required": ["text"]},
                        "helpUri": {"type": "string", "format": "uri"},
                        "defaultConfiguration": {"type": "object", "properties": {
                         "level": {"enum": ["none", "note", "warning", "error"]}}}}}}}}}},
                    "results": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["message"],
                     "additionalProperties": false, "properties": {
                      "ruleId": {"type": "string"}, "level": {"enum": ["none", "note", "warning", "error"]},
                      "message": {"type": "object", "required": ["text"]},
                      "locations": {"type": "array", "uniqueItems": true, "items": {"type": "object", "properties": {
                       "physicalLocation": {"type": "object", "properties": {
                        "artifactLocation": {"type": "object", "properties": {
                         "uri": {"type": "string", "format": "uri-reference"}}},
                        "region": {"type": "object", "properties": {
                         "startLine": {"type": "integer", "minimum": 1}, "endLine": {"type": "integer", "minimum": 1}}}
                       }}}}}}}}}}}}}
                """;
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                .getSchema(schema, InputFormat.JSON)
                .validate(sarif, InputFormat.JSON)
                .stream()
                .map(Object::toString)
                .toList();
    }

    @Test
    void callsTellOfTheDockerfile() throws Exception {
        Files.writeString(context.resolve("Dockerfile"), """
                # VERSION the release
                ARG VERSION=1
                # tools what others need
                FROM scratch AS tools
                RUN --mount=type=secret,id=token,required=true --mount=type=ssh x
                FROM scratch
                ARG OTHER
                COPY --from=tools / /
                """);
        assertThat(build("--call", "targets", "context").output().lines())
                .containsExactly("TARGET      DESCRIPTION", "tools       what others need", "(default)");
        assertThat(build("--call", "outline", "--build-arg", "OTHER=given", "context")
                        .output())
                .contains("VERSION     1       the release", "OTHER       given", "token    true", "default");
        JsonNode json =
                JSON.readTree(build("--call", "outline", "--json", "context").output());
        assertThat(json.at("/secrets/0/required").asBoolean()).isTrue();
        build("--call", "targets", "--json", "context");
    }

    @Test
    void refusesWhatItCannotDo() throws Exception {
        assertThat(program.run("docker-build", "--platform", "linux/s390x", "context")
                        .exitCode())
                .isEqualTo(3);
        assertThat(program.run("docker-build", "--shm-size", "1g", "context").exitCode())
                .isEqualTo(2);
        assertThat(program.run("docker-build", "-o", "type=tar", "context").exitCode())
                .isEqualTo(2);
        assertThat(program.run("docker-build", "-o", "type=nonsense,dest=x", "context")
                        .exitCode())
                .isEqualTo(2);
        assertThat(program.run("docker-build", "nowhere").exitCode()).isEqualTo(2);
        assertThat(program.run("docker-build", "--push", "context").exitCode()).isEqualTo(2);
    }

    @Test
    void progressIsToldAsBuildKitDoes() throws Exception {
        List<String> lines = build("--progress", "rawjson", "-o", "type=cacheonly", "context")
                .errors()
                .lines()
                .toList();
        assertThat(lines)
                .isNotEmpty()
                .allSatisfy(line -> assertThat(JSON.readTree(line).isObject()).isTrue());
        assertThat(lines).anyMatch(line -> line.contains("\"vertexes\"") && line.contains("\"completed\""));
        assertThat(build("--progress", "quiet", "-o", "type=cacheonly", "context")
                        .errors())
                .isEmpty();
    }
}
