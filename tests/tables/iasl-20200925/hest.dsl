[000h 0000   4]                    Signature : "HEST"    [Hardware Error Source Table]
[004h 0004   4]                 Table Length : 00000058
[008h 0008   1]                     Revision : 01
[009h 0009   1]                     Checksum : BC
[00Ah 0010   6]                       Oem ID : "MADE  "
[010h 0016   8]                 Oem Table ID : "LISTING "
[018h 0024   4]                 Oem Revision : 00000001
[01Ch 0028   4]              Asl Compiler ID : "MADE"
[020h 0032   4]        Asl Compiler Revision : 00000001

[024h 0036   4]           Error Source Count : 00000001

[028h 0040   2]                Subtable Type : 0006 [PCI Express Root Port AER]
[02Ah 0042   2]                    Source Id : 0001
[02Ch 0044   2]                     Reserved : 0000
[02Eh 0046   1]        Flags (decoded below) : 02
                              Firmware First : 0
                                      Global : 0
[02Fh 0047   1]                      Enabled : 01
[030h 0048   4]       Records To Preallocate : 00000001
[034h 0052   4]      Max Sections Per Record : 00000001
[038h 0056   4]                          Bus : 00000000
[03Ch 0060   2]                       Device : 0000
[03Eh 0062   2]                     Function : 0000
[040h 0064   2]                DeviceControl : 0000
[042h 0066   2]                     Reserved : 0000
[044h 0068   4]           Uncorrectable Mask : 00000000
[048h 0072   4]       Uncorrectable Severity : 00000000
[04Ch 0076   4]             Correctable Mask : 00000000
[050h 0080   4]        Advanced Capabilities : 00000000
[054h 0084   4]           Root Error Command : 00000000

Raw Table Data: Length 88 (0x58)

    0000: 48 45 53 54 58 00 00 00 01 BC 4D 41 44 45 20 20  // HESTX.....MADE  
    0010: 4C 49 53 54 49 4E 47 20 01 00 00 00 4D 41 44 45  // LISTING ....MADE
    0020: 01 00 00 00 01 00 00 00 06 00 01 00 00 00 02 01  // ................
    0030: 01 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00  // ................
    0040: 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  // ................
    0050: 00 00 00 00 00 00 00 00                          // ........
