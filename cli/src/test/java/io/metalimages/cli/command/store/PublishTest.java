package io.metalimages.cli.command.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.metalimages.artifact.ArtifactLocation;
import io.metalimages.cli.Program;
import io.metalimages.cli.SampleTest;
import io.metalimages.cli.TinyImage;
import io.metalimages.common.Digest;
import io.metalimages.engine.Progress;
import io.metalimages.store.StoreLocation;
import io.metalimages.store.channel.Channel;
import io.metalimages.store.channel.ContractInspection;
import io.metalimages.store.channel.ImageName;
import io.metalimages.store.channel.Publisher;
import io.metalimages.store.object.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Publishes small images into a directory, in processes of their own. */
final class PublishTest {

    /** What a pipeline that runs these tests would say of itself; and no credentials to be found. */
    private static final Map<String, String> NO_PIPELINE = Map.of(
            "CI_COMMIT_TAG", "",
            "CI_COMMIT_BRANCH", "",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "",
            "GITHUB_HEAD_REF", "",
            "GITHUB_REF", "",
            "AWS_EC2_METADATA_DISABLED", "true",
            "AWS_ACCESS_KEY_ID", "",
            "AWS_SHARED_CREDENTIALS_FILE", "/nonexistent",
            "AWS_CONFIG_FILE", "/nonexistent");

    @TempDir
    private Path directory;

    private Program program;
    private Path image;

    @BeforeEach
    void prepare() throws Exception {
        program = program(Map.of());
        image = program.images().resolve("tiny/1");
        new TinyImage(directory).exportTo(image);
    }

    private Program program(Map<String, String> pipeline) throws IOException {
        Map<String, String> environment = new HashMap<>(NO_PIPELINE);
        environment.putAll(pipeline);
        return new Program(directory, environment);
    }

    private void test(boolean passed) throws IOException {
        SampleTest.write(image, "tiny/1", passed);
    }

    private Path store() {
        return directory.resolve("store");
    }

    private Path published(String path) {
        return store().resolve("metal-os").resolve(path);
    }

    private void git(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                "git",
                "-c",
                "user.name=Tester",
                "-c",
                "user.email=tester@example.com",
                "-C",
                program.home().toString()));
        command.addAll(List.of(arguments));
        Process git = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("git").toFile())
                .start();
        assertThat(git.waitFor()).as(Files.readString(directory.resolve("git"))).isZero();
    }

    private static void assertDone(Program.Run run) {
        assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
    }

    @Test
    void testedImageIsPublishedAndTold() throws Exception {
        test(true);
        Program.Run run = program.run("publish", "--create", "--store", store().toString(), "--channel", "stable");
        assertDone(run);
        assertThat(run.output())
                .startsWith("stable in " + store() + "\n")
                .contains(" tiny/1 · added · ", "metal-os/stable/tiny/1/img.tar.lz4")
                .contains("sha256  " + Digest.ofFile(image.resolve("img.tar.lz4")));
        assertThat(run.errors())
                .contains("send tiny/1/img.tar.lz4", "change the index")
                .doesNotContain("SLF4J");
        for (String file : List.of("img.tar.lz4", "img.tar.lz4.md5", "img.tar.lz4.sha256", "packages.txt")) {
            assertThat(published("stable/tiny/1/" + file)).hasSameBinaryContentAs(image.resolve(file));
        }
        Program.Run again = program.run(
                "publish",
                "--create",
                image.toString(),
                "--store",
                store().toUri().toString(),
                "--channel",
                "stable",
                "--json");
        assertDone(again);
        JsonNode json = JsonMapper.shared().readTree(again.output());
        assertThat(json.get("channel").asString()).isEqualTo("stable");
        assertThat(json.at("/published/0/image").asString()).isEqualTo("tiny/1");
        assertThat(json.at("/published/0/outcome").asString()).isEqualTo("UNCHANGED");
        assertThat(json.at("/published/0/sentBytes").asLong()).isZero();
        assertThat(json.at("/published/0/files").size()).isEqualTo(5);
        Program.Run quiet = program.run(
                "publish",
                "--create",
                "tiny/1",
                "--quiet",
                "--store",
                store().toString(),
                "--channel",
                "pull_requests/x");
        assertThat(quiet.output()).isEqualTo("metal-os/pull_requests/x/tiny/1\n");
        assertThat(quiet.errors()).isEmpty();
    }

    @Test
    void untestedImageNeedsTheOption() throws Exception {
        String[] arguments = {"publish", "--create", "tiny/1", "--store", store().toString(), "--channel", "stable"};
        Program.Run run = program.run(arguments);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors()).contains("tiny/1 was not tested", "metal-images test tiny/1", "--untested");
        test(false);
        assertThat(program.run(arguments).errors()).contains("tiny/1 did not pass its test");
        assertThat(store()).doesNotExist();
        Program.Run untested = program.run(
                "publish", "--create", "tiny/1", "--store", store().toString(), "--channel", "stable", "--untested");
        assertDone(untested);
        assertThat(untested.output()).contains(" · untested");
    }

    @Test
    void dryRunTellsAndChangesNothing() throws Exception {
        test(true);
        Program.Run run =
                program.run("publish", "--create", "--dry-run", "--store", store().toString(), "--channel", "stable");
        assertDone(run);
        assertThat(run.output()).contains(" tiny/1 · would be added · ", " to send");
        assertThat(store()).doesNotExist();
    }

    @Test
    void channelIsThatOfTheBranch() throws Exception {
        test(true);
        git("init", "--quiet", "--initial-branch=main");
        git("commit", "--quiet", "--allow-empty", "--message=one");
        Program.Run stable = program.run("publish", "--create", "--store", store().toString());
        assertThat(stable.exitCode()).isEqualTo(2);
        assertThat(stable.errors()).contains("has to be named", "--channel stable");
        assertThat(store()).doesNotExist();
        git("switch", "--quiet", "--create", "feature/New_Kernel");
        assertDone(program.run("publish", "--create", "--store", store().toString()));
        assertThat(published("pull_requests/feature-new-kernel/tiny/1")).exists();
        git("switch", "--quiet", "--detach");
        Program.Run detached = program.run("publish", "--create", "--store", store().toString());
        assertThat(detached.exitCode()).isEqualTo(2);
        assertThat(detached.errors()).contains("No branch is checked out", "--channel");
    }

    /** A fork's branch may be called main, too. */
    @Test
    void channelIsThatWhichThePipelineNames() throws Exception {
        test(true);
        assertDone(program(Map.of("GITHUB_HEAD_REF", "main", "GITHUB_REF", "refs/pull/1/merge"))
                .run("publish", "--create", "--store", store().toString()));
        assertDone(program(Map.of("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "master"))
                .run("publish", "--create", "--store", store().toString()));
        assertThat(published("pull_requests/main/tiny/1")).exists();
        assertThat(published("pull_requests/master/tiny/1")).exists();
        assertThat(published("stable")).doesNotExist();
        assertDone(
                program(Map.of("CI_COMMIT_BRANCH", "main")).run("publish", "--create", "--store", store().toString()));
        assertThat(published("stable/tiny/1")).exists();
        for (Map<String, String> tag :
                List.of(Map.of("CI_COMMIT_TAG", "20230710"), Map.of("GITHUB_REF", "refs/tags/20230710"))) {
            Program.Run run = program(tag).run("publish", "--create", "--store", store().toString());
            assertThat(run.exitCode()).isEqualTo(2);
            assertThat(run.errors()).contains("refs/tags/20230710 is a tag", "release");
        }
    }

    @Test
    void damagedImageIsNotPublished() throws Exception {
        test(true);
        Files.writeString(image.resolve("img.tar.lz4.md5"), "0".repeat(32) + "  img.tar.lz4\n");
        Program.Run run = program.run("publish", "--create", "--store", store().toString(), "--channel", "stable");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("img.tar.lz4.md5", "Next step: ").doesNotContain("\tat ");
        assertThat(store()).doesNotExist();
    }

    @Test
    void aStoreIsNotMadeByAMistake() throws Exception {
        test(true);
        Program.Run run = program.run("publish", "--store", store().toString(), "--channel", "stable");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.errors()).contains("There is no image store in " + store(), "--create");
        assertThat(store()).doesNotExist();
        for (String command : List.of("prune", "catalog", "list")) {
            Program.Run other = program.run(command, "--store", store().toString());
            assertThat(other.exitCode()).as(command).isEqualTo(2);
            assertThat(other.errors()).contains("There is no image store in " + store());
        }
        assertDone(program.run("publish", "--store", store().toString(), "--channel", "stable", "--create"));
        assertDone(program.run("publish", "--store", store().toString(), "--channel", "stable"));
    }

    @Test
    void whatBreachesTheContractIsNotPublishedThoughUntested() throws Exception {
        TinyImage tiny = new TinyImage(directory.resolve("broken"));
        Files.delete(tiny.root().resolve("boot/vmlinuz-" + TinyImage.KERNEL));
        tiny.exportTo(image);
        Program.Run run =
                program.run("publish", "--store", store().toString(), "--channel", "stable", "--untested", "--create");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("No machine should get tiny/1: ", "metal-images check tiny/1");
        assertThat(store()).doesNotExist();
    }

    @Test
    void anEarlierBuildIsPutBack() throws Exception {
        TinyImage tiny = new TinyImage(directory.resolve("other"));
        String[] publish = {"publish", "--store", store().toString(), "--channel", "stable", "--untested", "--create"};
        assertDone(program.run(publish));
        Digest first = Digest.ofFile(published("stable/tiny/1/img.tar.lz4"));
        tiny.file("etc/new", "new");
        tiny.exportTo(image);
        assertDone(program.run(publish));
        assertThat(Digest.ofFile(published("stable/tiny/1/img.tar.lz4"))).isNotEqualTo(first);
        Program.Run back = program.run("publish", "--restore", "tiny/1", "--store", store().toString());
        assertDone(back);
        assertThat(back.output()).contains("stable/tiny/1 is back");
        assertThat(Digest.ofFile(published("stable/tiny/1/img.tar.lz4"))).isEqualTo(first);
        for (String[] wrong : new String[][] {
            {"publish", "--restore", "--store", store().toString()},
            {"publish", "--restore", "tiny/1", "--dry-run", "--store", store().toString()},
            {"publish", "tiny/1", "--build", "20260601", "--store", store().toString()},
            {"publish", "--restore", "tiny/1", "--build", "20260601", "--store", store().toString()}
        }) {
            Program.Run run = program.run(wrong);
            assertThat(run.exitCode()).as(run.errors()).isEqualTo(2);
            assertThat(run.errors()).contains("Next step: ");
        }
    }

    @Test
    void theStoreIsListed() throws Exception {
        assertDone(program.run(
                "publish", "--store", store().toString(), "--channel", "pull_requests/x", "--untested", "--create"));
        Program.Run run = program.run("list", "--store", store().toString());
        assertDone(run);
        assertThat(run.output()).contains("pull_requests/x · 1 image · ", "  tiny/1 · ", " · not signed · untested");
        JsonNode json = JsonMapper.shared()
                .readTree(program.run("list", "--store", store().toString(), "--json")
                        .output());
        assertThat(json.at("/channels/0/channel").asString()).isEqualTo("pull_requests/x");
        assertThat(json.at("/channels/0/images/0/image").asString()).isEqualTo("tiny/1");
        assertThat(json.at("/channels/0/images/0/bytes").asLong()).isPositive();
        assertThat(json.at("/channels/0/images/0/signed").asBoolean()).isFalse();
        assertThat(program.run("list", "--store", store().toString(), "--quiet").output())
                .isEqualTo("metal-os/pull_requests/x/tiny/1\n");
    }

    private static long bytesRead() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/io")).stream()
                .filter(line -> line.startsWith("rchar: "))
                .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
                .findFirst()
                .orElseThrow();
    }

    /** Once for the contract, the provenance and the digests, and once more to be sent. */
    @Test
    void theTarballIsReadOnceBeforeItIsSent() throws Exception {
        byte[] random = new byte[24 << 20];
        new Random(1).nextBytes(random);
        TinyImage large = new TinyImage(directory.resolve("large"));
        Files.write(large.file("opt/random", ""), random);
        large.exportWithDocumentsTo(image, "tiny/1");
        Publisher.Options request = new Publisher.Options(
                Channel.parse("stable"),
                new TreeMap<>(Map.of(ImageName.parse("tiny/1"), ArtifactLocation.in(image))),
                true,
                false);
        try (ObjectStore store = new StoreLocation(store().toString()).open()) {
            long before = bytesRead();
            new Publisher(store, new ContractInspection(), Progress.SILENT).publish(request);
            assertThat(bytesRead() - before).isBetween(2L * random.length, random.length * 5L / 2);
        }
    }

    @Test
    void urlsWithCredentialsAreRefusedWithoutShowingThem() throws Exception {
        test(true);
        for (String url : List.of(
                "s3://key:very-secret@images",
                "s3://images?endpoint=https://key:very-secret@example.com",
                "s3://images?secret=very-secret",
                "s3://images/ very-secret")) {
            Program.Run run = program.run("publish", "--create", "--store", url, "--channel", "stable");
            assertThat(run.exitCode()).as(url + run.errors()).isEqualTo(2);
            assertThat(run.errors()).doesNotContain("very-secret", "\tat ").contains("Next step: ");
        }
    }

    @Test
    void missingCredentialsAreNamed() throws Exception {
        test(true);
        Program.Run run = program.run(
                "publish", "--create", "--store", "s3://images?endpoint=http://127.0.0.1:1", "--channel", "stable");
        assertThat(run.exitCode()).as(run.errors()).isEqualTo(1);
        assertThat(run.errors()).contains("Unable to load credentials").doesNotContain("\tat ");
    }

    @Test
    void storeThatCannotBeWrittenIsNamed() throws Exception {
        test(true);
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "there is no /proc here, where nobody can write");
        Program.Run run = program.run("publish", "--create", "--store", "/proc/store", "--channel", "stable");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.errors()).contains("/proc/store", "Next step: ").doesNotContain("\tat ");
    }
}
