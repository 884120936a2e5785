package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Source;
import java.util.List;

/**
 * An instruction split into its parts, before anyone asks whether they make sense together.
 *
 * @param source its place; until the here-documents are read, it ends with the logical line
 */
record Statement(Source source, Keyword keyword, List<String> flags, Arguments arguments, List<Heredoc> heredocs) {

    DockerfileException fault(String problem, String hint) {
        return new DockerfileException(source.range(), problem, hint);
    }

    boolean takesHeredocs() {
        return switch (arguments) {
            case Arguments.Json _ -> false;
            case Arguments.Trigger(Statement trigger) -> trigger.takesHeredocs();
            default -> keyword.takesHeredocs();
        };
    }

    /** The same statement when its place and here-documents are known. */
    Statement complete(Source whole, List<Heredoc> found) {
        if (arguments instanceof Arguments.Trigger(Statement trigger)) {
            String line = trigger.source().logicalLine();
            Source inner = new Source(whole.range(), new Command.Shell(line, found).script(), line);
            Arguments completed = new Arguments.Trigger(trigger.complete(inner, found));
            return new Statement(whole, keyword, flags, completed, List.of());
        }
        return new Statement(whole, keyword, flags, arguments, found);
    }
}
