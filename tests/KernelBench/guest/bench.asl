DefinitionBlock ("bench.aml", "SSDT", 2, "HLAB", "HLABTEST", 0x00000001)
{
  // 4 KiB scratch "hardware registers": QEMU -device pc-testdev gives RAM-like MMIO at 0xff000000
  OperationRegion (HREG, SystemMemory, 0xFF000000, 0x100)
  Field (HREG, DWordAcc, NoLock, Preserve) {
    TMP0, 32, TMP1, 32, PWR0, 32, CAP0, 32, BRAT, 32, BCAP, 32, ACON, 32, FSPD, 32, BSTA, 32, PPC0, 32 }
  Scope (\_SB) {
    PowerResource (PFAN, 0, 0) { Name (FST0, 0) Method (_STA) { Return (FST0) } Method (_ON) { Store (1, FST0) } Method (_OFF) { Store (0, FST0) } }
    Device (FAN0) { Name (_HID, EisaId ("PNP0C0B")) Name (_UID, 0) Name (_PR0, Package () { PFAN }) }
    Device (FAN1) { Name (_HID, EisaId ("PNP0C0B")) Name (_UID, 1)   // ACPI 4 fan: 0..100 %
      Name (_FIF, Package () { 0, 1, 10, 1 })
      Name (_FPS, Package () { 0, Package () { 100, 0xFFFFFFFF, 4000, 350, 4000 }, Package () { 50, 0xFFFFFFFF, 2000, 250, 2000 }, Package () { 0, 0xFFFFFFFF, 0, 0, 0 } })
      Method (_FSL, 1) { Store (Arg0, FSPD) }
      Method (_FST) { Local0 = Package () { 0, 0, 0 }  Local0 [1] = FSPD  Local0 [2] = FSPD * 40  Return (Local0) } }
    Device (PMTR) { Name (_HID, "ACPI000D") Name (_UID, 0)
      // caps: measurement(1)+limit/cap(4)... flags, unit mW, input, accuracy, sampling, min/max avg interval, hysteresis, hw limit rw, min cap, max cap, model, serial, oem
      Name (_PMC, Package () { 0x00000005, 0, 0, 100000, 1000, 1000, 60000, 0xFFFFFFFF, 1, 50000, 400000, "METER", "SN0001", "HLABTEST" })
      Method (_PMM) { If (PWR0 == 0) { Return (123456) } Return (PWR0) }
      Name (AVG0, 1000)
      Method (_PAI, 1) { Store (Arg0, AVG0) Return (0) }
      Method (_GAI) { Return (AVG0) }
      Method (_GHL) { If (CAP0 == 0) { Return (400000) } Return (CAP0) }
      Method (_SHL, 1) { If (Arg0 > 400000) { Return (1) } Store (Arg0, CAP0) Return (0) }
      Method (_PTP, 2) { Return (0) }
      Name (_PMD, Package () { \_SB }) }
    Device (BAT0) { Name (_HID, EisaId ("PNP0C0A")) Name (_UID, 0) Method (_STA) { Return (0x1F) } Name (_PCL, Package () { \_SB })
      Name (_BIF, Package () { 0, 60000, 55000, 1, 12000, 5000, 2000, 10, 10, "BAT", "B1", "LION", "HLAB" })
      Method (_BST) { Local0 = Package () { 1, 0, 0, 0 }  If (BSTA) { Local0 [0] = BSTA } Local0 [1] = BRAT  Local0 [2] = BCAP Local0 [3] = 11800 Return (Local0) } }
    Device (AC0) { Name (_HID, "ACPI0003") Method (_PSR) { Return (ACON) } }
  }
  Scope (\_TZ) {
    ThermalZone (TZ00) { Method (_TMP) { If (TMP0 == 0) { Return (3132) } Return (TMP0) } Name (_CRT, 3782) Name (_HOT, 3732) Name (_AC0, 3332) Name (_AL0, Package () { \_SB.FAN0 }) Name (_TZP, 10) Name (_STR, Unicode ("bench zone")) }
    ThermalZone (TZ01) { Method (_TMP) { If (TMP1 == 0) { Return (2982) } Return (TMP1) } Name (_CRT, 3732) Name (_PSV, 3432) Name (_PSL, Package () { \_SB.CPUS.C000 }) Name (_TC1, 2) Name (_TC2, 5) Name (_TSP, 10) Name (_TZP, 10) }
  }
  External (\_SB.CPUS.C000, DeviceObj)
  Scope (\_SB.CPUS.C000) {
    Name (_PCT, Package () { ResourceTemplate () { Register (SystemIO, 16, 0, 0x00E0) }, ResourceTemplate () { Register (SystemIO, 16, 0, 0x00E0) } })
    Name (_PSS, Package () { Package () { 3600, 65000, 10, 10, 0x24, 0x24 }, Package () { 2400, 40000, 10, 10, 0x18, 0x18 }, Package () { 1200, 20000, 10, 10, 0x0C, 0x0C }, Package () { 800, 12000, 10, 10, 0x08, 0x08 } })
    Method (_PPC) { Return (PPC0) }
    Name (_PSD, Package () { Package () { 5, 0, 0, 0xFC, 1 } })
  }
}
