package io.metalimages.dockerfile.parse;

import io.metalimages.dockerfile.Excerpt;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.WhiteSpace;
import io.metalimages.dockerfile.syntax.Heredoc;
import io.metalimages.dockerfile.syntax.ParserDirectives;
import io.metalimages.dockerfile.syntax.Source;
import java.util.ArrayList;
import java.util.List;

/** Joins physical lines to logical ones, and collects the here-documents that follow them. */
final class StatementReader {

    private final String file;
    private final ParserDirectives directives;
    private final StatementParser parser;
    private final PhysicalLines lines;

    StatementReader(String file, String text) {
        this.file = file;
        this.directives = DirectiveReader.read(file, text);
        this.parser = new StatementParser(directives.escape());
        this.lines = new PhysicalLines(file, text);
    }

    ParserDirectives directives() {
        return directives;
    }

    /** All statements from where the reader is to the end of the text. */
    List<Statement> statements() {
        List<Statement> statements = new ArrayList<>();
        while (lines.hasNext()) {
            int start = lines.offset();
            String line = WhiteSpace.stripLeading(PhysicalLines.withoutLineBreak(lines.next()));
            if (!line.isEmpty() && !isComment(line)) {
                LogicalLine logicalLine = join(line, start);
                if (!WhiteSpace.strip(logicalLine.text()).isEmpty()) {
                    statements.add(statement(logicalLine));
                }
            }
        }
        return statements;
    }

    /** A line with its continuations; {@code start} and {@code end} are offsets of the physical lines. */
    private record LogicalLine(String text, int firstLine, int lastLine, int start, int end) {}

    private LogicalLine join(String firstLine, int start) {
        int firstNumber = lines.number();
        int lastNumber = firstNumber;
        int end = lines.offset();
        StringBuilder joined = new StringBuilder();
        boolean continues = append(firstLine, joined);
        while (continues && lines.hasNext()) {
            String line = PhysicalLines.withoutLineBreak(lines.next());
            if (WhiteSpace.strip(line).isEmpty() || isComment(line)) {
                continue;
            }
            continues = append(line, joined);
            lastNumber = lines.number();
            end = lines.offset();
        }
        return new LogicalLine(joined.toString(), firstNumber, lastNumber, start, end);
    }

    /** Appends a line without its escape at the end, if it has one, and tells whether it had. */
    private boolean append(String line, StringBuilder joined) {
        int end = line.length();
        while (end > 0 && (line.charAt(end - 1) == ' ' || line.charAt(end - 1) == '\t')) {
            end--;
        }
        boolean escaped = end > 0 && line.charAt(end - 1) == directives.escape();
        boolean escapeIsEscaped = end > 1 && line.charAt(end - 2) == directives.escape();
        boolean continues = escaped && !escapeIsEscaped;
        joined.append(line, 0, continues ? end - 1 : line.length());
        return continues;
    }

    private static boolean isComment(String line) {
        return WhiteSpace.stripLeading(line).startsWith("#");
    }

    private Statement statement(LogicalLine line) {
        SourceRange range = new SourceRange(file, line.firstLine(), line.lastLine());
        String logicalLine = WhiteSpace.strip(line.text());
        String text = lines.textBetween(line.start(), line.end());
        Statement statement = parser.parse(new Source(range, text, logicalLine));
        List<Heredoc> heredocs = statement.takesHeredocs() ? heredocs(statement) : List.of();
        if (heredocs.isEmpty()) {
            return statement.complete(statement.source(), heredocs);
        }
        SourceRange whole = new SourceRange(file, line.firstLine(), lines.number());
        return statement.complete(
                new Source(whole, lines.textBetween(line.start(), lines.offset()), logicalLine), heredocs);
    }

    private List<Heredoc> heredocs(Statement statement) {
        List<Heredoc> heredocs = new ArrayList<>();
        for (HeredocMarker marker : HeredocMarker.in(statement.source())) {
            heredocs.add(new Heredoc(marker.name(), content(marker, statement), marker.expand(), marker.stripTabs()));
        }
        return heredocs;
    }

    private String content(HeredocMarker marker, Statement statement) {
        StringBuilder content = new StringBuilder();
        while (lines.hasNext()) {
            String line = lines.next();
            if (marker.isEndedBy(PhysicalLines.withoutLineBreak(line))) {
                return content.toString();
            }
            content.append(line);
        }
        throw statement.fault(
                "The here-document " + Excerpt.of(marker.name()) + " has no end.",
                "Add a line that holds nothing but " + marker.name() + ", without blanks around it.");
    }
}
