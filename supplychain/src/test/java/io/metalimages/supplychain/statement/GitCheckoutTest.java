package io.metalimages.supplychain.statement;

import static org.assertj.core.api.Assertions.assertThat;

import io.metalimages.testing.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GitCheckoutTest {

    @TempDir
    private Path directory;

    @BeforeEach
    void commit() throws IOException, InterruptedException {
        Host.assumeInstalled("git", "git");
        git("init", "--quiet");
        Files.writeString(directory.resolve("file"), "content");
        git("add", ".");
        git("-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "--quiet", "-m", "x");
    }

    private void git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git", "-C", directory.toString()));
        command.addAll(List.of(arguments));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
    }

    private GitCheckout checkout() {
        return new GitCheckout(directory);
    }

    @Test
    void aCheckoutIsAsItWasCommitted() throws Exception {
        assertThat(checkout().isChanged()).isFalse();
        assertThat(checkout().ask("rev-parse", "--verify", "HEAD"))
                .get()
                .asString()
                .matches("[0-9a-f]{40}");
    }

    @Test
    void aChangeIsNoticed() throws Exception {
        Files.writeString(directory.resolve("file"), "other");
        assertThat(checkout().isChanged()).isTrue();
    }

    /** Git writes more than a pipe holds, and must not die of nobody reading it. */
    @Test
    void manyChangesAreNoticedEachTime() throws Exception {
        for (int number = 0; number < 3_000; number++) {
            Files.createFile(directory.resolve("a-file-with-a-long-name-so-that-much-is-written-" + number));
        }
        for (int attempt = 0; attempt < 20; attempt++) {
            assertThat(checkout().isChanged()).isTrue();
        }
    }

    @Test
    void whatGitCannotTellCountsAsChanged() throws Exception {
        Files.writeString(directory.resolve(".git/index"), "damaged");
        assertThat(checkout().isChanged()).isTrue();
    }

    @Test
    void whereNoRepositoryIsNothingIsKnown(@TempDir Path other) throws Exception {
        assertThat(new GitCheckout(other).ask("rev-parse", "--verify", "HEAD")).isEmpty();
    }
}
