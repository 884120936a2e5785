package io.metalimages.cli.command.store;

import io.metalimages.common.FaultException;
import io.metalimages.store.channel.Channel;
import io.metalimages.supplychain.statement.GitCheckout;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * The branch that is being built: the one that GitLab's and GitHub's pipelines name in the environment, as they check out
 * a commit without its branch; else the one that is checked out.
 *
 * <p>A pull request never gets the channel of the main branch, even if its branch is called {@code main} in the
 * repository that it comes from.
 */
record BuiltBranch(Map<String, String> environment, GitCheckout checkout) {

    /**
     * The channel for its builds.
     *
     * @throws FaultException if that is what is stable, and no pipeline says so: whoever publishes by hand has to name it
     */
    Channel channel() throws IOException, InterruptedException {
        Optional<String> request =
                variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or(() -> variable("GITHUB_HEAD_REF"));
        if (request.isPresent()) {
            return Channel.PullRequest.ofBranch(request.get());
        }
        Optional<String> ref = variable("CI_COMMIT_TAG")
                .map(tag -> "refs/tags/" + tag)
                .or(() -> variable("CI_COMMIT_BRANCH").map(branch -> "refs/heads/" + branch))
                .or(() -> variable("GITHUB_REF"));
        if (ref.isPresent()) {
            return Channel.ofGitRef(ref.get());
        }
        Channel channel = Channel.ofGitRef(checkout.ask("symbolic-ref", "--quiet", "HEAD")
                .orElseThrow(() -> FaultException.wrongInput(
                        "No branch is checked out here that would say which channel to publish to.",
                        "Name the channel: --channel stable, or --channel pull_requests/NAME")));
        if (channel instanceof Channel.Stable) {
            throw FaultException.wrongInput(
                    "The main branch is checked out here, whose channel is stable: outside of a pipeline, that has to be"
                            + " named.",
                    "If machines are to get these images, say --channel stable. To try, say --channel"
                            + " pull_requests/NAME.");
        }
        return channel;
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }
}
