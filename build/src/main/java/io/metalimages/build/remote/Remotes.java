package io.metalimages.build.remote;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.engine.work.StateDirectory;
import io.metalimages.engine.work.WorkDirectory;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;

/** Tells addresses from paths, and finds out what is at them: for a git repository which commit, for a file which bytes. */
public final class Remotes {

    private final WebFiles files;
    private final GitRepositories repositories;

    public Remotes(StateDirectory state, WorkDirectory work) {
        this.files = new WebFiles(state, work);
        this.repositories = new GitRepositories(work);
    }

    /** Whether {@code source} is an address. */
    public boolean isRemote(String source) {
        return isWeb(source) || GitAddress.isOne(source);
    }

    private static boolean isWeb(String source) {
        String lowerCase = source.toLowerCase(Locale.ROOT);
        return lowerCase.startsWith("http://") || lowerCase.startsWith("https://");
    }

    /**
     * What is at an address.
     *
     * @param checksum what it must be: {@code sha256:…} of a file, a commit of a repository
     * @param keepGitDirectory whether {@code .git} of a repository is wanted, if said
     * @param range where the address is written, for messages
     * @throws FaultException if there is nothing, or something else
     */
    public Remote find(String address, Optional<String> checksum, Optional<Boolean> keepGitDirectory, SourceRange range)
            throws IOException, InterruptedException {
        if (GitAddress.isOne(address)) {
            return repositories.find(GitAddress.parse(address, range), checksum, keepGitDirectory, range);
        }
        try {
            return files.find(new URI(address), checksum, range);
        } catch (URISyntaxException e) {
            throw FaultException.wrongInput(range + ": " + address + " is no address.", "Check it.");
        }
    }
}
