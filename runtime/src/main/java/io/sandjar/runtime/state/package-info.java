/** What every stateful part of the engine needs: records in files, ids, names, locks per id. */
package io.sandjar.runtime.state;
