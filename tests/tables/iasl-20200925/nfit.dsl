[000h 0000   4]                    Signature : "NFIT"    [NVDIMM Firmware Interface Table]
[004h 0004   4]                 Table Length : 00000088
[008h 0008   1]                     Revision : 01
[009h 0009   1]                     Checksum : 1C
[00Ah 0010   6]                       Oem ID : "MADE  "
[010h 0016   8]                 Oem Table ID : "LISTING "
[018h 0024   4]                 Oem Revision : 00000001
[01Ch 0028   4]              Asl Compiler ID : "MADE"
[020h 0032   4]        Asl Compiler Revision : 00000001

[024h 0036   4]                     Reserved : 00000000

[028h 0040   2]                Subtable Type : 0002 [Interleave Info]
[02Ah 0042   2]                       Length : 001C

[02Ch 0044   2]             Interleave Index : 0001
[02Eh 0046   2]                     Reserved : 0000
[030h 0048   4]                   Line Count : 00000003
[034h 0052   4]                    Line Size : 00000100
[03Ch 0060   4]                  Line Offset : 00000000
[040h 0064   4]                  Line Offset : 00000003
[044h 0068   4]                  Line Offset : 00000006

[044h 0068   2]                Subtable Type : 0003 [SMBIOS Information]
[046h 0070   2]                       Length : 0018

[048h 0072   4]                     Reserved : 00000000
[008h 0008  16]         SMBIOS Table Entries : 40 41 42 43 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F 

[05Ch 0092   2]                Subtable Type : 0002 [Interleave Info]
[05Eh 0094   2]                       Length : 0014

[060h 0096   2]             Interleave Index : 0002
[062h 0098   2]                     Reserved : 0000
[064h 0100   4]                   Line Count : 00000001
[068h 0104   4]                    Line Size : 00000080
[070h 0112   4]                  Line Offset : 00000007

[070h 0112   2]                Subtable Type : 0006 [Flush Hint Address]
[072h 0114   2]                       Length : 0018

[074h 0116   4]                Device Handle : 00000001
[078h 0120   2]                   Hint Count : 0001
[07Ah 0122   6]                     Reserved : 000000000000
[080h 0128   8]                 Hint Address : 0000000000010000

Raw Table Data: Length 136 (0x88)

    0000: 4E 46 49 54 88 00 00 00 01 1C 4D 41 44 45 20 20  // NFIT......MADE  
    0010: 4C 49 53 54 49 4E 47 20 01 00 00 00 4D 41 44 45  // LISTING ....MADE
    0020: 01 00 00 00 00 00 00 00 02 00 1C 00 01 00 00 00  // ................
    0030: 03 00 00 00 00 01 00 00 00 00 00 00 03 00 00 00  // ................
    0040: 06 00 00 00 03 00 18 00 00 00 00 00 40 41 42 43  // ............@ABC
    0050: 44 45 46 47 48 49 4A 4B 4C 4D 4E 4F 02 00 14 00  // DEFGHIJKLMNO....
    0060: 02 00 00 00 01 00 00 00 80 00 00 00 07 00 00 00  // ................
    0070: 06 00 18 00 01 00 00 00 01 00 00 00 00 00 00 00  // ................
    0080: 00 00 01 00 00 00 00 00                          // ........
