package io.metalimages.rack.checks;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;

/**
 * A {@link TestReport} in JUnit's XML, which continuous integration shows: a test suite for each phase, a test case for
 * each check. A phase without checks, or one that failed, has a test case of its own name. Format: what Ant's JUnit task
 * writes, as the servers read it.
 */
public final class JunitReport {

    private final TestReport report;

    public JunitReport(TestReport report) {
        this.report = report;
    }

    /** Writes the whole file or, if that fails, nothing; an older one is replaced. */
    public void write(Path file) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        Path unfinished = Files.createTempFile(directory, file.getFileName().toString(), ".unfinished");
        try {
            try (OutputStream output = Files.newOutputStream(unfinished)) {
                XMLStreamWriter xml =
                        XMLOutputFactory.newFactory().createXMLStreamWriter(output, StandardCharsets.UTF_8.name());
                write(xml);
                xml.close();
            } catch (XMLStreamException e) {
                throw new IOException("The report " + file + " could not be written: " + e.getMessage(), e);
            }
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    private void write(XMLStreamWriter xml) throws XMLStreamException {
        xml.writeStartDocument(StandardCharsets.UTF_8.name(), "1.0");
        xml.writeCharacters("\n");
        xml.writeStartElement("testsuites");
        attribute(xml, "name", report.image());
        for (TestReport.Phase phase : report.phases()) {
            suite(xml, phase);
        }
        xml.writeCharacters("\n");
        xml.writeEndElement();
        xml.writeCharacters("\n");
        xml.writeEndDocument();
    }

    private void suite(XMLStreamWriter xml, TestReport.Phase phase) throws XMLStreamException {
        boolean hasOwnCase = phase.failure().isPresent() || phase.checks().isEmpty();
        int failures = phase.failedChecks().size();
        long skipped = phase.checks().stream()
                .filter(check -> check.outcome() == CheckResult.Outcome.SKIPPED)
                .count();
        xml.writeCharacters("\n  ");
        xml.writeStartElement("testsuite");
        attribute(xml, "name", phase.name());
        attribute(xml, "tests", Integer.toString(phase.checks().size() + (hasOwnCase ? 1 : 0)));
        attribute(xml, "failures", Integer.toString(failures));
        attribute(xml, "errors", phase.failure().isPresent() ? "1" : "0");
        attribute(xml, "skipped", Long.toString(skipped));
        attribute(xml, "time", seconds(phase.duration()));
        attribute(xml, "timestamp", timestamp());
        if (!phase.scores().isEmpty()) {
            properties(xml, phase.scores());
        }
        if (hasOwnCase) {
            startCase(xml, phase.name(), phase.duration());
            if (phase.failure().isPresent()) {
                message(xml, "error", "phase", phase.failure().get());
            }
            endCase(xml);
        }
        for (CheckResult check : phase.checks()) {
            startCase(xml, check.title(), check.duration());
            switch (check.outcome()) {
                case PASSED -> {}
                case FAILED -> message(xml, "failure", "check", check.message().orElse("It failed."));
                case SKIPPED -> {
                    xml.writeCharacters("\n      ");
                    xml.writeEmptyElement("skipped");
                    if (check.message().isPresent()) {
                        attribute(xml, "message", check.message().get());
                    }
                }
            }
            endCase(xml);
        }
        xml.writeCharacters("\n  ");
        xml.writeEndElement();
    }

    private static void properties(XMLStreamWriter xml, List<Score> scores) throws XMLStreamException {
        xml.writeCharacters("\n    ");
        xml.writeStartElement("properties");
        for (Score score : scores) {
            xml.writeCharacters("\n      ");
            xml.writeEmptyElement("property");
            attribute(xml, "name", score.name());
            attribute(xml, "value", score.value() + " of " + score.most());
        }
        xml.writeCharacters("\n    ");
        xml.writeEndElement();
    }

    private String timestamp() {
        return DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(
                report.started().truncatedTo(ChronoUnit.SECONDS).atOffset(ZoneOffset.UTC));
    }

    private void startCase(XMLStreamWriter xml, String name, Duration duration) throws XMLStreamException {
        xml.writeCharacters("\n    ");
        xml.writeStartElement("testcase");
        attribute(xml, "name", name);
        attribute(xml, "classname", report.image());
        attribute(xml, "time", seconds(duration));
    }

    private static void endCase(XMLStreamWriter xml) throws XMLStreamException {
        xml.writeCharacters("\n    ");
        xml.writeEndElement();
    }

    private static void message(XMLStreamWriter xml, String element, String type, String text)
            throws XMLStreamException {
        xml.writeCharacters("\n      ");
        xml.writeStartElement(element);
        attribute(xml, "message", text.lines().findFirst().orElse(text));
        attribute(xml, "type", type);
        xml.writeCharacters(printable(text));
        xml.writeEndElement();
    }

    private static void attribute(XMLStreamWriter xml, String name, String value) throws XMLStreamException {
        xml.writeAttribute(name, printable(value));
    }

    /** XML 1.0 has no place for most control characters, which consoles are full of; nor for half a surrogate pair. */
    private static String printable(String text) {
        StringBuilder printable = new StringBuilder(text.length());
        text.codePoints().map(point -> isAllowed(point) ? point : '\uFFFD').forEach(printable::appendCodePoint);
        return printable.toString();
    }

    private static boolean isAllowed(int point) {
        return point == '\t'
                || point == '\n'
                || point == '\r'
                || (point >= 0x20 && point <= 0xD7FF)
                || (point >= 0xE000 && point <= 0xFFFD)
                || point >= 0x10000;
    }

    private static String seconds(Duration duration) {
        return String.format(Locale.ROOT, "%.3f", duration.toNanos() / 1e9);
    }
}
