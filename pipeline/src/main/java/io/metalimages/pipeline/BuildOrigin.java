package io.metalimages.pipeline;

import io.metalimages.build.Definition;
import io.metalimages.build.Definitions;
import io.metalimages.build.Plan;
import io.metalimages.build.base.UsedBase;
import io.metalimages.supplychain.statement.BuildFacts;
import io.metalimages.supplychain.statement.GitCheckout;
import io.metalimages.supplychain.statement.Provenance;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds out what an image's provenance tells of its build: from git, from the pipeline's environment, from the plan. No name
 * and no path of this machine is in it.
 *
 * @param home the checkout that paths are told relative to, but for definitions that are kept elsewhere
 * @param definitions those whose directories' state in git counts
 */
record BuildOrigin(Path home, Definitions definitions, Map<String, String> environment) {

    private static final String IMAGE_CONTEXT = "docker-image://";
    private static final String LAYOUT_CONTEXT = "oci-layout://";

    /** {@code git@example.org:group/project.git}, which is no URL. */
    private static final Pattern SHORT_ADDRESS = Pattern.compile("(?:[^@/:]+@)?([^@/:]+\\.[^@/:]+):(?!//)/*(.+)");

    private static final Pattern ADDRESS = Pattern.compile("(?:https?|ssh|git)://.+");

    /** @param date of the sources */
    BuildFacts facts(Definition definition, Plan plan, Instant date) throws IOException, InterruptedException {
        GitCheckout checkout = new GitCheckout(definitions.directoryOf(definition));
        return new BuildFacts(
                definition.name(),
                path(definition.dockerfile(), checkout),
                definition.target(),
                new TreeMap<>(definition.buildArguments()),
                contexts(definition.contexts()),
                Instant.ofEpochSecond(date.getEpochSecond()),
                sources(checkout),
                plan.bases().values().stream().map(BuildOrigin::base).toList(),
                plan.images().values().stream()
                        .map(image ->
                                new BuildFacts.Image(image.name(), image.location(), image.digest(), image.manifest()))
                        .toList(),
                builder(),
                invocation(),
                program());
    }

    private static String program() {
        return Optional.ofNullable(BuildOrigin.class.getPackage().getImplementationVersion())
                .orElse("unpackaged");
    }

    private String path(Path dockerfile, GitCheckout checkout) throws IOException, InterruptedException {
        Optional<String> here = inside(home, dockerfile);
        return here.isPresent()
                ? here.get()
                : checkout.ask("rev-parse", "--show-toplevel")
                        .flatMap(top -> inside(Path.of(top), dockerfile))
                        .orElse("Dockerfile");
    }

    private static Optional<String> inside(Path directory, Path path) {
        Path base = directory.toAbsolutePath().normalize();
        Path absolute = path.toAbsolutePath().normalize();
        return absolute.startsWith(base) ? Optional.of(base.relativize(absolute).toString()) : Optional.empty();
    }

    private SortedMap<String, String> contexts(Map<String, String> contexts) {
        SortedMap<String, String> told = new TreeMap<>();
        contexts.forEach((name, value) -> told.put(
                name,
                value.startsWith(IMAGE_CONTEXT)
                        ? value
                        : value.startsWith(LAYOUT_CONTEXT)
                                ? "an OCI image layout of the building machine"
                                : inside(home, Path.of(value)).orElse("a directory of the building machine")));
        return told;
    }

    private Optional<BuildFacts.Sources> sources(GitCheckout checkout) throws IOException, InterruptedException {
        Optional<String> commit = checkout.ask("rev-parse", "--verify", "HEAD");
        if (commit.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new BuildFacts.Sources(repository(checkout), commit.get(), checkout.isChanged()));
    }

    private Optional<String> repository(GitCheckout checkout) throws IOException, InterruptedException {
        Optional<String> named = variable("CI_PROJECT_URL")
                .or(() -> variable("GITHUB_SERVER_URL")
                        .flatMap(server -> variable("GITHUB_REPOSITORY").map(name -> server + "/" + name)));
        return named.isPresent()
                ? named
                : checkout.ask("config", "--get", "remote.origin.url").flatMap(BuildOrigin::address);
    }

    /** What others can use; a path of this machine is not told. */
    static Optional<String> address(String remote) {
        if (ADDRESS.matcher(remote).matches()) {
            return Optional.of(remote);
        }
        Matcher shortAddress = SHORT_ADDRESS.matcher(remote);
        return shortAddress.matches()
                ? Optional.of("ssh://" + shortAddress.group(1) + "/" + shortAddress.group(2))
                : Optional.empty();
    }

    private static BuildFacts.Base base(UsedBase base) {
        List<BuildFacts.SignedList> lists = base.lists().stream()
                .map(list -> new BuildFacts.SignedList(list.address(), list.suite(), list.content(), list.date()))
                .toList();
        return new BuildFacts.Base(
                base.name(),
                base.recipe(),
                base.namedByEnvironment() ? BuildFacts.ArchiveOrigin.ENVIRONMENT : BuildFacts.ArchiveOrigin.APT,
                base.standIn(),
                lists);
    }

    /** GitHub's workflow, GitLab's runner; see SLSA's page on builders for the first, GitLab's provenance for the other. */
    private String builder() {
        return variable("GITHUB_WORKFLOW_REF")
                .flatMap(workflow -> variable("GITHUB_SERVER_URL").map(server -> server + "/" + workflow))
                .or(() -> variable("CI_PROJECT_URL")
                        .flatMap(project -> variable("CI_RUNNER_ID").map(runner -> project + "/-/runners/" + runner)))
                .orElse(Provenance.LOCAL_BUILDER);
    }

    private Optional<String> invocation() {
        return variable("CI_JOB_URL")
                .or(() -> variable("GITHUB_RUN_ID")
                        .flatMap(run -> variable("GITHUB_SERVER_URL")
                                .flatMap(server -> variable("GITHUB_REPOSITORY")
                                        .map(name -> server + "/" + name + "/actions/runs/" + run + "/attempts/"
                                                + variable("GITHUB_RUN_ATTEMPT").orElse("1")))));
    }

    private Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }
}
