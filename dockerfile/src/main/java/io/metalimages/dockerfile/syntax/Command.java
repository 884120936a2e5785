package io.metalimages.dockerfile.syntax;

import java.util.List;

/** What {@code RUN}, {@code CMD}, {@code ENTRYPOINT} and {@code HEALTHCHECK} start. Its variables are left to the shell. */
public sealed interface Command {

    /**
     * The exec form: a program and its arguments, started without a shell.
     *
     * @param arguments the program first; empty only for {@code CMD []} and {@code ENTRYPOINT []}, which clear what the
     *     base image says
     */
    record Exec(List<String> arguments) implements Command {

        public Exec {
            arguments = List.copyOf(arguments);
        }
    }

    /**
     * The shell form: one argument for the shell that {@code SHELL} names.
     *
     * @param line the command line, here-document markers included
     * @param heredocs the here-documents that {@code line} refers to, in order
     */
    record Shell(String line, List<Heredoc> heredocs) implements Command {

        public Shell {
            heredocs = List.copyOf(heredocs);
        }

        /** The line with its here-documents below it, as a shell reads them. */
        public String script() {
            StringBuilder script = new StringBuilder(line);
            for (Heredoc heredoc : heredocs) {
                script.append('\n').append(heredoc.content()).append(heredoc.name());
            }
            return script.toString();
        }
    }

    /**
     * A {@code RUN} that consists of nothing but a here-document: its {@linkplain Heredoc#body() body} is the script. A
     * body that begins with {@code #!} is a program of its own, any other is one argument for the shell.
     */
    record Script(Heredoc heredoc) implements Command {

        /** Whether the body names its own interpreter. */
        public boolean hasInterpreter() {
            return heredoc.body().startsWith("#!");
        }
    }
}
