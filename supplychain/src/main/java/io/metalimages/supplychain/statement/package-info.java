/**
 * In-toto statements. {@link io.metalimages.supplychain.statement.Provenance} has the digests of all files of an artifact, and what
 * it was built from; {@link io.metalimages.supplychain.statement.TestResult} has what came of its test.
 *
 * <p>Signs nothing. Start reading at {@link io.metalimages.supplychain.statement.Statement}.
 */
@NullMarked
package io.metalimages.supplychain.statement;

import org.jspecify.annotations.NullMarked;
