//! L2: rules over tables and archives.
