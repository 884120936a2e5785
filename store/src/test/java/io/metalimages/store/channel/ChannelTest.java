package io.metalimages.store.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.metalimages.common.FaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChannelTest {

    @ParameterizedTest
    @CsvSource({
        "main, stable",
        "master, stable",
        "refs/heads/main, stable",
        "new-kernel, pull_requests/new-kernel",
        "refs/heads/feature/New_Kernel, pull_requests/feature-new-kernel",
        "release/1.2.3, pull_requests/release-1-2-3",
        "--wip--, pull_requests/wip",
        "Ärger, pull_requests/rger",
        "a\uD83D\uDE00b, pull_requests/a-b",
        "main/x, pull_requests/main-x",
        "..%2F..%2Fstable, pull_requests/2f---2fstable",
    })
    void branchesHaveChannels(String ref, String path) {
        assertThat(Channel.ofGitRef(ref).path()).isEqualTo(path);
        assertThat(Channel.parse(path).path()).isEqualTo(path);
    }

    /** GitLab cuts first, and then removes hyphens. */
    @Test
    void longBranchesAreCut() {
        assertThat(Channel.ofGitRef("x".repeat(100)).path()).isEqualTo("pull_requests/" + "x".repeat(63));
        assertThat(Channel.ofGitRef("x".repeat(62) + "/y").path()).isEqualTo("pull_requests/" + "x".repeat(62));
        assertThat(Channel.ofGitRef("-" + "x".repeat(100)).path()).isEqualTo("pull_requests/" + "x".repeat(62));
    }

    @Test
    void tagsAreForReleases() {
        assertThatThrownBy(() -> Channel.ofGitRef("refs/tags/20230710"))
                .isInstanceOfSatisfying(
                        FaultException.class,
                        fault -> assertThat(fault.remedy()).get().asString().contains("release"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"---", "ÄÖÜ", "refs/heads/", ""})
    void branchesWithoutLettersNeedAName(String ref) {
        assertThatThrownBy(() -> Channel.ofGitRef(ref)).isInstanceOf(FaultException.class);
    }

    @Test
    void releasesAreDays() {
        assertThat(Channel.parse("20240229").path()).isEqualTo("20240229");
        assertThatThrownBy(() -> Channel.parse("20230229")).hasMessageContaining("not a day");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Stable",
                "stable/",
                "objects",
                "../stable",
                "pull_requests/",
                "pull_requests/-a",
                "pull_requests/a/b",
                "pull_requests/A",
                "pull_requests/..",
                "2023071",
                "202307100"
            })
    void whatIsNoChannelIsRefused(String path) {
        assertThatThrownBy(() -> Channel.parse(path)).isInstanceOfSatisfying(FaultException.class, fault -> {
            assertThat(fault.category()).isEqualTo(FaultException.Category.WRONG_INPUT);
            assertThat(fault.remedy()).isPresent();
        });
    }
}
