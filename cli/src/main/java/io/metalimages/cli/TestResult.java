package io.metalimages.cli;

import io.metalimages.rack.TestReport;
import java.nio.file.Path;

/**
 * An image that was tested, whatever came of it.
 *
 * @param console what the machine wrote to its serial console
 * @param junit the results in JUnit's XML
 */
record TestResult(TestReport report, Path console, Path junit) {}
