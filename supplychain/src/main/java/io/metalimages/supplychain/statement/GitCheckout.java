package io.metalimages.supplychain.statement;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What git knows of a directory. The repository may belong to another user, and its configuration makes git run nothing. */
public record GitCheckout(Path directory) {

    private static final List<String> GIT =
            List.of("git", "-c", "safe.directory=*", "-c", "log.showSignature=false", "-C");

    /**
     * Whether something in the directory differs from the commit that is checked out, or is not part of it; also if git
     * cannot tell.
     */
    public boolean isChanged() throws IOException, InterruptedException {
        Optional<String> changes = run("status", "--porcelain", "--", ".");
        return changes.isEmpty() || !changes.get().isEmpty();
    }

    /** The first line that git answers; empty without git, without a repository, or if it knows no answer. */
    public Optional<String> ask(String... question) throws IOException, InterruptedException {
        return run(question).filter(answer -> !answer.isEmpty());
    }

    /** The first line of git's output, which may be none; empty if git fails. */
    private Optional<String> run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(GIT);
        command.add(directory.toString());
        command.addAll(List.of(arguments));
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
            // Git that cannot write any more is killed, and that would count as if it had failed.
            lines.transferTo(Writer.nullWriter());
        }
        return process.waitFor() == 0 ? Optional.of(Objects.requireNonNullElse(answer, "")) : Optional.empty();
    }
}
