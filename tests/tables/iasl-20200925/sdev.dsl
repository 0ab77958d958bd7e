[000h 0000   4]                    Signature : "SDEV"    [Secure Devices table]
[004h 0004   4]                 Table Length : 00000070
[008h 0008   1]                     Revision : 01
[009h 0009   1]                     Checksum : 46
[00Ah 0010   6]                       Oem ID : "MADE  "
[010h 0016   8]                 Oem Table ID : "LISTING "
[018h 0024   4]                 Oem Revision : 00000001
[01Ch 0028   4]              Asl Compiler ID : "MADE"
[020h 0032   4]        Asl Compiler Revision : 00000001


[024h 0036   1]                Subtable Type : 00 [Namespace Device]
[025h 0037   1]        Flags (decoded below) : 03
                Allow handoff to unsecure OS : 1
[026h 0038   2]                       Length : 0036

[028h 0040   2]             Device ID Offset : 0028
[02Ah 0042   2]             Device ID Length : 000A
[02Ch 0044   2]           Vendor Data Offset : 0032
[02Eh 0046   2]           Vendor Data Length : 0004
[000h 0000  10]                     Namepath : "\_SB.DEV0"
[000h 0000   4]                  Vendor Data : 10 32 54 76 

[05Ah 0090   1]                Subtable Type : 01 [PCIe Endpoint Device]
[05Bh 0091   1]        Flags (decoded below) : 01
                Allow handoff to unsecure OS : 1
[05Ch 0092   2]                       Length : 0016

[05Eh 0094   2]                      Segment : 0000
[060h 0096   2]                    Start Bus : 0001
[062h 0098   2]                  Path Offset : 0010
[064h 0100   2]                  Path Length : 0002
[066h 0102   2]           Vendor Data Offset : 0012
[068h 0104   2]           Vendor Data Length : 0004
[06Ah 0106   1]                       Device : 01
[06Bh 0107   1]                     Function : 02
[000h 0000   4]                  Vendor Data : 09 08 07 06 

Raw Table Data: Length 112 (0x70)

    0000: 53 44 45 56 70 00 00 00 01 46 4D 41 44 45 20 20  // SDEVp....FMADE  
    0010: 4C 49 53 54 49 4E 47 20 01 00 00 00 4D 41 44 45  // LISTING ....MADE
    0020: 01 00 00 00 00 03 36 00 28 00 0A 00 32 00 04 00  // ......6.(...2...
    0030: 10 00 18 00 01 00 18 00 00 00 00 00 00 00 00 80  // ................
    0040: 00 00 00 00 00 10 00 00 00 00 00 00 5C 5F 53 42  // ............\_SB
    0050: 2E 44 45 56 30 00 10 32 54 76 01 01 16 00 00 00  // .DEV0..2Tv......
    0060: 01 00 10 00 02 00 12 00 04 00 01 02 09 08 07 06  // ................
