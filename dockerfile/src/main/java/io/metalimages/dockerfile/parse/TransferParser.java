package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.ParserDirectives;
import io.metalimages.dockerfile.syntax.Transfer;
import io.metalimages.dockerfile.words.Expansion;
import io.metalimages.dockerfile.words.WordExpander;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Parses what copies files into an image. */
final class TransferParser {

    private static final String SOURCES_AND_DESTINATION = "one or more sources and a destination";

    private TransferParser() {}

    static Instruction copy(Statement statement, Flags flags) {
        Optional<String> from = flags.filledText(Flag.FROM);
        from.ifPresent(reference -> requireLiteral(reference, statement));
        return new Instruction.Copy(statement.source(), transfer(statement, flags), from, flags.isOn(Flag.PARENTS));
    }

    static Instruction add(Statement statement, Flags flags) {
        return new Instruction.Add(
                statement.source(),
                transfer(statement, flags),
                flags.filledText(Flag.CHECKSUM),
                flags.choice(Flag.KEEP_GIT_DIR),
                flags.choice(Flag.UNPACK));
    }

    private static void requireLiteral(String reference, Statement statement) {
        Expansion expansion = new WordExpander(ParserDirectives.DEFAULT_ESCAPE, name -> Optional.empty())
                .expand(reference, statement.source().range());
        if (!expansion.text().equals(reference)) {
            throw statement.fault(
                    "--from=" + Excerpt.of(reference) + " has a variable, but which stages a build needs is settled "
                            + "before variables are known.",
                    "Declare the variable with a global ARG, add a stage FROM it, and copy from that stage.");
        }
    }

    private static Transfer transfer(Statement statement, Flags flags) {
        List<String> words = InstructionParser.words(statement, SOURCES_AND_DESTINATION);
        if (words.size() == 1) {
            throw statement.fault(
                    statement.keyword() + " has a source but no destination.",
                    "Put " + SOURCES_AND_DESTINATION + " after " + statement.keyword() + ".");
        }
        String destination = destination(words.getLast(), statement);
        return new Transfer(
                origins(words.subList(0, words.size() - 1), statement),
                destination,
                flags.filledText(Flag.CHOWN),
                flags.filledText(Flag.CHMOD),
                flags.isOn(Flag.LINK),
                flags.all(Flag.EXCLUDE));
    }

    private static String destination(String word, Statement statement) {
        if (isMarker(word, statement)) {
            throw statement.fault(
                    statement.keyword() + " can't write to a here-document.", "Put the destination after it.");
        }
        return word;
    }

    private static List<Transfer.Origin> origins(List<String> words, Statement statement) {
        List<Transfer.Origin> origins = new ArrayList<>();
        int inline = 0;
        for (String word : words) {
            if (isMarker(word, statement) && inline < statement.heredocs().size()) {
                origins.add(new Transfer.Origin.Inline(statement.heredocs().get(inline)));
                inline++;
            } else {
                origins.add(new Transfer.Origin.Named(word));
            }
        }
        if (inline < statement.heredocs().size()) {
            throw statement.fault(
                    "The here-document "
                            + Excerpt.of(statement.heredocs().get(inline).name()) + " is written in several words.",
                    "Write <<NAME without blanks in it.");
        }
        return origins;
    }

    private static boolean isMarker(String word, Statement statement) {
        return !(statement.arguments() instanceof Arguments.Json)
                && !statement.heredocs().isEmpty()
                && HeredocMarker.parse(word, statement.source().range()).isPresent();
    }
}
