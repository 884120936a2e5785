package io.metalimages.build;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Command;
import io.metalimages.dockerfile.syntax.Dockerfile;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.Instruction;
import io.metalimages.dockerfile.syntax.Transfer;
import java.util.List;
import java.util.stream.Stream;

/** Tells bytes that are not UTF-8 in an instruction from those in a comment, which mean nothing. */
final class Utf8Check {

    private Utf8Check() {}

    /**
     * Looks at every instruction.
     *
     * @param text with bytes that are not UTF-8 as lone surrogates
     * @throws FaultException if there is one in an instruction
     */
    static void requireUtf8(Dockerfile dockerfile, String text) {
        if (!hasEscapedByte(text)) {
            return;
        }
        Stream.concat(
                        dockerfile.globalArguments().stream(),
                        dockerfile.stages().stream()
                                .flatMap(
                                        stage -> Stream.concat(Stream.of(stage.from()), stage.instructions().stream())))
                .filter(instruction -> hasEscapedByte(instruction.source().logicalLine())
                        || heredocs(instruction).stream().map(Heredoc::content).anyMatch(Utf8Check::hasEscapedByte))
                .findFirst()
                .ifPresent(instruction -> {
                    SourceRange range = instruction.source().range();
                    throw FaultException.wrongInput(
                            range.file() + ":" + line(text, range) + ": this is not UTF-8.",
                            "Convert the file: iconv -f LATIN1 -t UTF-8");
                });
    }

    private static List<Heredoc> heredocs(Instruction instruction) {
        return switch (instruction) {
            case Instruction.Run run ->
                switch (run.command()) {
                    case Command.Exec _ -> List.of();
                    case Command.Shell shell -> shell.heredocs();
                    case Command.Script script -> List.of(script.heredoc());
                };
            case Instruction.Copy copy -> heredocs(copy.transfer());
            case Instruction.Add add -> heredocs(add.transfer());
            case Instruction.OnBuild onBuild -> heredocs(onBuild.trigger());
            default -> List.of();
        };
    }

    private static List<Heredoc> heredocs(Transfer transfer) {
        return transfer.sources().stream()
                .filter(Transfer.Origin.Inline.class::isInstance)
                .map(origin -> ((Transfer.Origin.Inline) origin).heredoc())
                .toList();
    }

    private static int line(String text, SourceRange range) {
        String[] lines = text.split("\n", -1);
        for (int number = range.firstLine(); number <= Math.min(range.lastLine(), lines.length); number++) {
            if (hasEscapedByte(lines[number - 1])) {
                return number;
            }
        }
        return range.firstLine();
    }

    /** Halves of surrogate pairs are code points only where the other half is missing. */
    private static boolean hasEscapedByte(String text) {
        return text.codePoints().anyMatch(character -> character >= 0xDC80 && character <= 0xDCFF);
    }
}
