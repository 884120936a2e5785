package io.metalimages.cli.command.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.cli.Program;
import io.metalimages.cli.SampleTest;
import io.metalimages.cli.TinyImage;
import io.metalimages.common.Digest;
import io.metalimages.registry.CredentialFiles;
import io.metalimages.registry.Registry;
import io.metalimages.registry.RegistryOptions;
import io.metalimages.registry.Repository;
import io.metalimages.testing.DockerRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Releases small images in a directory, and tags them in Debian's docker-registry, in processes of their own. */
final class ReleaseTest {

    @TempDir
    private Path directory;

    private Program program;
    private TinyImage tiny;

    @BeforeEach
    void prepare() throws Exception {
        program = new Program(directory, Map.of("HOME", directory.toString()));
        tiny = new TinyImage(directory);
        make("tiny/1");
    }

    private void make(String name) throws Exception {
        Path image = program.images().resolve(name);
        tiny.exportTo(image);
        SampleTest.write(image, name, true);
    }

    private Path store() {
        return directory.resolve("store");
    }

    /** As if it had been long ago, so that there are days to release it by. */
    private String publish() throws Exception {
        String told = done("publish", "--create", "--store", store().toString(), "--channel", "stable");
        Path index = store().resolve("metal-os/stable/index.json");
        String dated = Files.readString(index)
                .replaceAll("\"published\" : \"[^\"]*\"", "\"published\" : \"2026-05-31T00:00:00Z\"");
        Files.delete(index);
        Files.writeString(index, dated);
        return told;
    }

    private String done(String... arguments) throws IOException, InterruptedException {
        Program.Run run = program.run(arguments);
        assertThat(run.exitCode()).as(run.output() + run.errors()).isZero();
        return run.output();
    }

    private void assertRefused(String[] arguments, String... words) throws IOException, InterruptedException {
        Program.Run run = program.run(arguments);
        assertThat(run.exitCode()).as(run.output() + run.errors()).isEqualTo(2);
        assertThat(run.errors()).contains(words).contains("Next step: ").doesNotContain("\tat ");
    }

    private String[] release(String day, String... more) {
        return Stream.concat(Stream.of("release", day, "--store", store().toString()), Stream.of(more))
                .toArray(String[]::new);
    }

    @Test
    void releaseIsPlannedMadeAndTold() throws Exception {
        publish();
        Path notes = directory.resolve("notes.md");
        String plan = done(release("20260601", "--dry-run", "--notes", notes.toString()));
        assertThat(plan).contains("20260601 in " + store() + " would be made", " tiny/1 · sha256 ", "## Downloads");
        assertThat(store().resolve("metal-os/20260601")).doesNotExist();
        assertThat(notes).doesNotExist();

        String made = done(release("20260601", "--notes", notes.toString()));
        assertThat(made)
                .startsWith("## Downloads\n")
                .contains("| tiny/1 | <https://images.metal-stack.io/metal-os/20260601/tiny/1/img.tar.lz4> |");
        assertThat(notes).hasContent(made);
        assertThat(store().resolve("metal-os/20260601/RELEASE_NOTES.md")).hasContent(made);
        for (String file : List.of("img.tar.lz4", "img.tar.lz4.md5", "img.tar.lz4.sha256", "packages.txt")) {
            assertThat(store().resolve("metal-os/20260601/tiny/1").resolve(file))
                    .hasSameBinaryContentAs(program.images().resolve("tiny/1").resolve(file));
        }
        JsonNode json = JsonMapper.shared()
                .readTree(done(release("20260601", "--json", "--url-base", "https://images.example.com/x/")));
        assertThat(json.get("begun").asBoolean()).isTrue();
        assertThat(json.at("/images/0/change").asString()).isEqualTo("NEW");
        assertThat(json.at("/images/0/url").asString())
                .isEqualTo("https://images.example.com/x/metal-os/20260601/tiny/1/img.tar.lz4");
        assertThat(done(release("20260601", "--quiet"))).isEqualTo("metal-os/20260601\n");
    }

    @Test
    void wrongUseIsRefusedBeforeAnythingIsDone() throws Exception {
        publish();
        assertRefused(release("20260230"), "20260230 is not a day");
        assertRefused(release("stable"), "\"stable\" is no day");
        assertRefused(release("99991231"), "99991231 is a day to come");
        assertRefused(release("20260601", "--from", "pull_requests/none"), "pull_requests/none has no images");
        assertRefused(release("20260601", "--url-base", "ftp://example.com"), "--url-base");
        assertRefused(release("20260601", "--url-base", "https://user:secret@example.com"), "--url-base");
        assertRefused(release("20260601", "--notes", "/nonexistent/notes.md"), "/nonexistent/notes.md");
        assertThat(store().resolve("metal-os/20260601")).doesNotExist();
    }

    @Test
    void theAddressIsKeptOnceItWasGiven() throws Exception {
        publish();
        done(release("20260601", "--dry-run", "--url-base", "https://images.example.com"));
        assertThat(done(release("20260601", "--dry-run"))).contains("<https://images.metal-stack.io/metal-os/");
        done(release("20260601", "--url-base", "https://images.example.com/"));
        assertThat(Files.readString(store().resolve("metal-os/store.json"))).contains("https://images.example.com\"");
        assertThat(done(release("20260601"))).contains("<https://images.example.com/metal-os/20260601/");
        assertRefused(
                release("20260601", "--url-base", "https://other.example.com"),
                "is at https://images.example.com for the public",
                "--change-url-base");
        assertRefused(release("20260601", "--change-url-base"), "--change-url-base is for --url-base");
        assertThat(done(release("20260601", "--url-base", "https://other.example.com", "--change-url-base")))
                .contains("<https://other.example.com/metal-os/20260601/");
        assertThat(done("catalog", "--store", store().toString())).contains("https://other.example.com/index.html");
    }

    @Test
    void aReleaseIsWithdrawn() throws Exception {
        publish();
        done(release("20260601"));
        assertRefused(release("20260602", "--withdraw"), "There is no release 20260602");
        assertRefused(release("20260601", "--withdraw", "--dry-run"), "--withdraw makes no release");
        assertThat(done(release("20260601", "--withdraw")))
                .contains("20260601 in " + store() + " is withdrawn since ", "stays until it is pruned", "--api");
        JsonNode json = JsonMapper.shared().readTree(done(release("20260601", "--withdraw", "--json")));
        assertThat(json.get("release").asString()).isEqualTo("20260601");
        assertThat(json.at("/kept/0").asString()).isEqualTo("tiny/1");
        assertThat(json.has("deprecated")).isFalse();
        assertThat(store().resolve("metal-os/20260601/RELEASE_NOTES.md"))
                .content()
                .startsWith("> **This release was withdrawn on ");
        assertThat(store().resolve("metal-os/20260601/tiny/1/img.tar.lz4")).exists();
        assertRefused(release("20260601"), "20260601 was withdrawn");
        assertThat(done("list", "--store", store().toString())).contains("withdrawn since ");
    }

    @Test
    void aDayBeforeItsImagesWerePublishedIsRefused() throws Exception {
        publish();
        assertRefused(release("20260530"), "20260530 is before its images were published: tiny/1 on 2026-05-31");
        assertThat(store().resolve("metal-os/20260530")).doesNotExist();
    }

    private static List<String> tags(Repository repository, String expected) throws InterruptedException {
        Digest digest = repository.manifests().find(expected).orElseThrow().digest();
        List<String> same = new ArrayList<>();
        for (String tag : repository.tags().list()) {
            if (repository.manifests().find(tag).orElseThrow().digest().equals(digest)) {
                same.add(tag);
            }
        }
        return same;
    }

    @Test
    void imagesInTheRegistryGetTheirTagsLast() throws Exception {
        make("tiny/2");
        publish();
        try (DockerRegistry docker = DockerRegistry.open(directory);
                Registry registry = new Registry(
                        docker.name(), RegistryOptions.usual(false, note -> {}), new CredentialFiles(Map.of()))) {
            String team = docker.name() + "/team";
            Repository repository = registry.repository("team/tiny");
            assertRefused(release("20260601", "--registry", team), "There is no " + team + "/tiny:1-stable");
            done("push", "tiny/1", "--to", team);
            done("push", "tiny/2", "--to", team);
            assertThat(store().resolve("metal-os/20260601")).doesNotExist();

            String plan = done(release("20260601", "--registry", team, "--dry-run"));
            assertThat(plan).contains(" → 1-20260601, 1\n", " → 2-20260601, 2, latest\n");
            assertThat(repository.tags().list().stream().filter(tag -> !tag.startsWith("sha256-")))
                    .as("but for those that lead to what is attached")
                    .containsExactlyInAnyOrder("1-stable", "2-stable");
            done(release("20260601", "--registry", team));
            assertThat(tags(repository, "1-stable")).containsExactlyInAnyOrder("1-stable", "1-20260601", "1");
            assertThat(tags(repository, "2-stable")).containsExactlyInAnyOrder("2-stable", "2-20260601", "2", "latest");

            // What is stable moves on, here and there.
            tiny.file("etc/new", "new");
            make("tiny/1");
            assertRefusedUntilPushed(team);
            done(release("20260602", "--registry", team));
            assertThat(tags(repository, "1-stable")).containsExactlyInAnyOrder("1-stable", "1-20260602", "1");
            assertThat(tags(repository, "1-20260601")).containsExactly("1-20260601");

            // An older release, seen to again, takes no tag back.
            done(release("20260601", "--registry", team, "--from", "20260601"));
            assertThat(tags(repository, "1-stable")).containsExactlyInAnyOrder("1-stable", "1-20260602", "1");
        }
    }

    private void assertRefusedUntilPushed(String team) throws Exception {
        publish();
        assertRefused(
                release("20260602", "--registry", team),
                team + "/tiny:1-stable was made of another tarball than tiny/1 of this release",
                "metal-images push tiny/1");
        assertThat(store().resolve("metal-os/20260602")).doesNotExist();
        done("push", "tiny/1", "--to", team);
    }
}
