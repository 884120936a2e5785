package io.metalimages.supplychain;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What git knows of a directory. The repository may belong to another user, and its configuration makes git run nothing. */
public record GitCheckout(Path directory) {

    private static final List<String> GIT =
            List.of("git", "-c", "safe.directory=*", "-c", "log.showSignature=false", "-C");

    /** The first line that git answers; empty without git, without a repository, or if it knows no answer. */
    public Optional<String> ask(String... question) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(GIT);
        command.add(directory.toString());
        command.addAll(List.of(question));
        Process process;
        try {
            process = new ProcessBuilder(command)
                    .redirectInput(new File("/dev/null"))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException notInstalled) {
            return Optional.empty();
        }
        String answer;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            answer = lines.readLine();
        }
        return process.waitFor() == 0 ? Optional.ofNullable(answer) : Optional.empty();
    }
}
