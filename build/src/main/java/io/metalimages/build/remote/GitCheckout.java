package io.metalimages.build.remote;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.RootDirectory;
import io.metalimages.common.linux.TreeDeletion;
import io.metalimages.engine.Operation;
import io.metalimages.engine.files.Accounts;
import io.metalimages.engine.files.FileCopier;
import io.metalimages.engine.files.PathFilter;
import io.metalimages.engine.files.SourceFiles;
import io.metalimages.engine.work.ProcessLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The files of a commit.
 *
 * @param keepGitDirectory whether {@code .git} is one of them
 * @param location where the address is written, for messages
 */
record GitCheckout(GitAddress address, String commit, boolean keepGitDirectory, String location)
        implements Operation.BaseSource {

    private static final String GIT_DIRECTORY = ".git";

    @Override
    public String definition() {
        return String.join(
                "\n",
                "git checkout",
                address.remote(),
                commit,
                address.directory(),
                keepGitDirectory ? ".git" : "",
                address.submodules() ? "submodules" : "");
    }

    @Override
    public void unpack(Path directory, ProcessLauncher launcher, Consumer<String> output)
            throws IOException, InterruptedException {
        Path files = Files.createDirectory(directory.resolveSibling("repository"));
        Repository git = new Repository(files, launcher, output);
        git.require("init", "--quiet");
        git.require("remote", "add", "origin", "--", address.remote());
        if (!git.succeeds("fetch", "--quiet", "--depth=1", "--no-tags", "origin", commit)) {
            git.require("fetch", "--quiet", "--tags", "origin", "+refs/heads/*:refs/remotes/origin/*");
        }
        git.require("checkout", "--quiet", "--detach", commit);
        if (address.submodules()) {
            git.require("submodule", "--quiet", "update", "--init", "--recursive");
        }
        if (!keepGitDirectory) {
            TreeDeletion.delete(files.resolve(GIT_DIRECTORY));
        }
        copy(files, directory);
        TreeDeletion.delete(files);
    }

    /** A repository may hold links to anywhere: its directory is opened like one of any image. */
    private void copy(Path repository, Path directory) throws IOException {
        Files.setAttribute(directory, "unix:mode", 0755);
        try (RootDirectory target = RootDirectory.open(directory);
                SourceFiles files = SourceFiles.open(repository, PathFilter.ALL, address.shown(), false)) {
            new FileCopier(target, location, Optional.of(Accounts.Ids.ROOT), Optional.empty(), true)
                    .copy(
                            files,
                            List.of(files.findExactly("/" + address.directory(), location)),
                            PathFilter.ALL,
                            false,
                            "/",
                            Optional.empty());
        }
    }

    /** Runs git in a repository. */
    private final class Repository {

        private final List<String> command = new ArrayList<>(GitOptions.COMMAND);
        private final ProcessLauncher launcher;
        private final Consumer<String> output;

        Repository(Path repository, ProcessLauncher launcher, Consumer<String> output) {
            this.launcher = launcher;
            this.output = output;
            command.addAll(List.of("-C", repository.toString()));
        }

        boolean succeeds(String... arguments) throws IOException, InterruptedException {
            List<String> whole = new ArrayList<>(command);
            whole.addAll(List.of(arguments));
            return launcher.run(whole, GitOptions.ENVIRONMENT, output) == 0;
        }

        void require(String... arguments) throws IOException, InterruptedException {
            if (!succeeds(arguments)) {
                throw FaultException.remote(
                        location + ": git " + arguments[0] + " of " + address.shown() + " failed.",
                        "See the step's output, and check the address.");
            }
        }
    }
}
