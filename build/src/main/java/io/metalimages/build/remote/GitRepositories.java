package io.metalimages.build.remote;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Git repositories: which commit a reference is at the moment. */
final class GitRepositories {

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern PART_OF_COMMIT = Pattern.compile("[0-9a-f]{7,40}");

    private final WorkDirectory work;

    GitRepositories(WorkDirectory work) {
        this.work = work;
    }

    Remote find(GitAddress address, Optional<String> checksum, Optional<Boolean> keepGitDirectory, SourceRange range)
            throws IOException, InterruptedException {
        Optional<String> wanted = checksum.or(address::commit);
        if (wanted.isPresent() && !PART_OF_COMMIT.matcher(wanted.get()).matches()) {
            throw FaultException.wrongInput(
                    range + ": " + wanted.get() + " is no commit.", "Write the commit's hexadecimal digits.");
        }
        String commit = COMMIT.matcher(address.reference()).matches() ? address.reference() : commit(address, range);
        if (wanted.isPresent() && !commit.startsWith(wanted.get())) {
            throw FaultException.remote(
                    range + ": " + named(address) + " is the commit " + commit + ", not " + wanted.get() + ".",
                    "Look what it is now, and whether it may be used.");
        }
        boolean keep = keepGitDirectory.or(address::keepGitDirectory).orElse(false);
        GitCheckout checkout = new GitCheckout(address, commit, keep, range.toString());
        return new Remote(address.shown(), checkout, "/");
    }

    /** Asks for the reference itself, then for a tag and a branch of that name, as git does. */
    private String commit(GitAddress address, SourceRange range) throws IOException, InterruptedException {
        String reference = address.reference().isEmpty() ? "HEAD" : address.reference();
        List<String> lines = new ArrayList<>();
        List<String> command = new ArrayList<>(GitOptions.COMMAND);
        command.addAll(List.of("ls-remote", "--", address.remote(), reference, reference + "^{}"));
        int status = work.launcher().run(command, GitOptions.ENVIRONMENT, line -> {
            synchronized (lines) {
                lines.add(line);
            }
        });
        if (status != 0) {
            throw FaultException.remote(
                    range + ": git could not read " + address.shown() + ": "
                            + (lines.isEmpty() ? "exit status " + status : lines.getLast()) + ".",
                    "Check the address, and whether this machine may read it.");
        }
        for (String prefix : List.of("", "refs/tags/", "refs/heads/")) {
            for (String peeled : List.of("^{}", "")) {
                for (String line : lines) {
                    String[] fields = line.split("\t", 2);
                    if (fields.length == 2
                            && COMMIT.matcher(fields[0]).matches()
                            && fields[1].equals(prefix + reference + peeled)) {
                        return fields[0];
                    }
                }
            }
        }
        throw FaultException.remote(
                range + ": there is no " + reference + " in " + address.shown() + ".",
                "Name a branch, a tag or a commit.");
    }

    private static String named(GitAddress address) {
        return address.reference().isEmpty() ? address.shown() : address.reference() + " of " + address.shown();
    }
}
