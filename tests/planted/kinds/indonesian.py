"""Questions of Indonesian customers, each with its category."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, sentence, words

LISTS = {
    "barang": words(
        "sepatu lari, tas ransel, rice cooker, kipas angin, jam tangan, kemeja batik, blender, meja lipat, helm,"
        "setrika, lampu tidur, jaket hujan, sandal gunung, selimut, panci, dispenser, kacamata, koper, mainan anak,"
        "mesin jahit, karpet, kompor, gitar, rak buku, kasur"
    ),
    "kota": words(
        "Bandung, Surabaya, Medan, Makassar, Malang, Denpasar, Yogyakarta, Palembang, Bogor, Manado, Pontianak, Solo,Ambon, Padang, Kupang"
    ),
    "kapan": words(
        "kemarin, minggu lalu, tadi pagi, sejak Senin, dua hari yang lalu, sebelum Lebaran, bulan lalu, hari Jumat,"
        "tadi malam, sejak Rabu, awal bulan, tiga hari ini, akhir pekan kemarin"
    ),
    "siapa": words(
        "ibu saya, adik saya, tetangga, suami saya, teman kantor, istri saya, penjaga kos, kakak saya, bapak saya,sepupu saya, anak saya"
    ),
    "jumlah": words("25 ribu, 150 ribu, 75 ribu, satu juta, 320 ribu, 48 ribu, dua ratus ribu, 90 ribu, 1,2 juta, 60 ribu"),
    "buka": lines(
        """
        Selamat pagi, mau tanya.
        Halo admin,
        Permisi kak,
        Maaf mengganggu lagi.
        Saya pelanggan lama dari {kota}.
        Ini pertanyaan dari {siapa}.
        Mohon dibaca sampai selesai.
        Saya sudah bertanya {kapan} tapi belum dijawab.
        """
    ),
    "tutup": lines(
        """
        Mohon bantuannya ya.
        Terima kasih sebelumnya.
        Kira-kira kapan selesai?
        Saya tunggu kabarnya.
        Besok saya berangkat ke {kota}.
        Apa yang harus saya lakukan sekarang?
        Tolong kabari {siapa} juga.
        Semoga cepat beres.
        """
    ),
}
KATEGORI: dict[str, tuple[str, ...]] = {
    "Pengiriman": lines(
        """
        paket {barang} saya belum sampai di {kota} padahal dikirim {kapan}
        kurir mengantar {barang} ke rumah {siapa} tanpa menelepon dulu
        nomor resi paket {barang} tidak berubah {kapan}
        berapa ongkos kirim {barang} ke {kota} kalau pakai kurir kilat
        paketnya tertahan di gudang kurir {kota} {kapan}
        alamat pengiriman {barang} mau saya ganti ke rumah {siapa} di {kota}
        kurir bilang paket {barang} sudah diterima {siapa}, ternyata tidak ada
        apakah {barang} bisa dikirim ke {kota} dan tiba sebelum hari Minggu
        """
    ),
    "Pembayaran": lines(
        """
        transfer {jumlah} untuk {barang} sudah saya bayar {kapan} tapi statusnya menunggu
        saldo saya terpotong dua kali sebesar {jumlah} {kapan}
        apakah {barang} boleh dicicil tanpa kartu kredit
        kode bayar di minimarket {kota} ditolak kasir {kapan}
        tagihan {barang} lebih mahal {jumlah} daripada harga di keranjang
        bukti transfer {jumlah} dari {siapa} gagal diunggah {kapan}
        voucher {jumlah} tidak memotong tagihan {barang}
        biaya admin {jumlah} itu untuk apa, padahal saya bayar lewat bank
        """
    ),
    "Akun": lines(
        """
        saya lupa kata sandi akun dan email pemulihannya milik {siapa}
        akun saya terkunci {kapan} setelah {siapa} salah memasukkan kata sandi
        kode verifikasi untuk masuk tidak pernah datang {kapan}
        bagaimana cara menghapus akun yang dibuat {siapa}
        nama di profil akun saya tertukar dengan {siapa}
        ada yang masuk ke akun saya dari {kota} {kapan}
        saya ganti ponsel {kapan} dan tidak bisa login lagi
        akun lama dan akun baru saya mau digabung dengan satu kata sandi
        """
    ),
    "Pengembalian": lines(
        """
        {barang} yang datang {kapan} salah ukuran dan mau saya tukar
        bagaimana prosedur retur {barang} yang dibeli {siapa}
        pengajuan retur {barang} ditolak tanpa alasan {kapan}
        dana retur {jumlah} belum kembali {kapan}
        {barang} retak waktu dibuka {siapa}, saya minta ditukar baru
        batas waktu menukar {barang} itu berapa hari
        formulir retur {barang} di {kota} harus dicetak atau tidak
        warna {barang} tidak sesuai gambar, saya ingin mengembalikannya
        """
    ),
    "Produk": lines(
        """
        apakah stok {barang} warna biru masih ada di toko {kota}
        {barang} ini cocok untuk {siapa} yang bertubuh tinggi atau tidak
        bahan {barang} itu asli atau tiruan
        kapan {barang} model terbaru mulai dijual di {kota}
        apa bedanya {barang} tipe lama dan tipe terbaru
        berapa berat {barang} dan berapa lama garansi mesinnya
        apakah {barang} aman dipakai {siapa} setiap hari
        spesifikasi {barang} di katalog berbeda dengan yang di toko {kota}
        """
    ),
}


def indonesian(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the question and the category, under Indonesian headers."""
    draw = random.Random(seed)
    names = list(KATEGORI)

    def make(at: int) -> dict[str, str]:
        name = names[at % len(names)]
        parts = [f"{sentence(say(core, LISTS, draw))}." for core in draw.sample(KATEGORI[name], draw.choice((1, 2)))]
        if draw.random() < 0.7:
            parts.insert(0, say(draw.choice(LISTS["buka"]), LISTS, draw))
        if draw.random() < 0.7:
            parts.append(say(draw.choice(LISTS["tutup"]), LISTS, draw))
        return {"pertanyaan": " ".join(parts), "kategori": name}

    rows = distinct(n, make, lambda row: row["pertanyaan"], most=0.55)
    draw.shuffle(rows)
    return rows
